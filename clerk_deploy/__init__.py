"""Deploy, watch and roll back a Next.js application with Clerk backend authentication."""
