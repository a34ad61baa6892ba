"""The offer in other people's formats: calendars, feeds, search engines, national directories.

Pure functions from rows to text: no query, no request. None of them is given a participant, a
registration or a facilitator, so none can tell of one. What they say of discreet programmes:

- calendars end up on the screens and in the shared calendars of those who take part: there a meeting is
  an appointment, without words, room or link, as in the calendars that are mailed;
- everything else is the public listing in another form, and shows what the listing shows, but never how
  many seats are taken: whoever watches the count would see when someone signed up.
"""
