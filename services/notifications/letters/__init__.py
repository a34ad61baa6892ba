"""Letters to those whom neither mail nor telephone reaches: set as accessible PDF, printed and posted by staff."""
