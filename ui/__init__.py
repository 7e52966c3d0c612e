"""The view: settings in, one packet of numbers out, and the figures and words drawn from it."""
