"""What a rehearsal of releases leaves behind: a page with a timeline, and the same facts as JSON."""
