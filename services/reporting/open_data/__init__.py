"""The open figures as data sets that others can load: CSV and JSON at lasting addresses, each with its dictionary."""
