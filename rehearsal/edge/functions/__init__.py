"""CloudFront Functions: the runtime, the event and what a function may answer."""
