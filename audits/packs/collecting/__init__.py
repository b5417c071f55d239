"""What each part of a pack reads. A collector takes a `PackScope` and gives plain JSON; it changes nothing."""
