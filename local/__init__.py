"""The whole platform on one machine: embedded servers, supervised processes, operators' commands.

Nothing here is imported by the services: they are started as processes of their own and learn
where everything is from their environment, exactly as they would in containers.
"""
