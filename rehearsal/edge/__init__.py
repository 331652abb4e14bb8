"""CloudFront's data plane for the embedded AWS."""
