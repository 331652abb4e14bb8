"""An application's repository, before anything is deployed: what is wrong in it, and what is missing."""
