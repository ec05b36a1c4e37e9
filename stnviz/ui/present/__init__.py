"""The presenter: links of this app, one after the other, in full screen."""
