"""What staff print: papers about people, which stay in the place.

Typst sets them as accessible PDF (PDF/UA-1) from templates beside the code. What is said goes in as JSON
and is never read as markup.
"""
