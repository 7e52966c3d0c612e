"""What the lab trains, and how: run these modules, nothing imports them but their tests."""
