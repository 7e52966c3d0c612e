"""Many visitors at once, over both of the app's WebSockets, on this machine only."""
