"""The embedded AWS: ministack, with Amplify Hosting and a few resource types added by registration."""
