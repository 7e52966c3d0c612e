"""What the lab trains, and how: tasks, one loop, run folders, sweeps."""
