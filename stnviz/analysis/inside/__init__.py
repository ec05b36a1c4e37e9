"""Inside one spatial transformer: its localisation network, its gradients, the loss around it."""
