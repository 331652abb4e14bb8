"""Looking for secrets in what is built: folders, images, assemblies, states."""
