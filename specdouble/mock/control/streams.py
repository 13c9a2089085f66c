"""How an action of the control plane answers what is more than some bytes.

It returns a `Listener` for a stream, which the transport then sends, or a `Later` for work that takes long, which the
transport has done in a thread. All are names in the environment of a WSGI request.
"""

STREAM = "specdouble.stream"  # the listener, and its world
LATER = "specdouble.later"  # what is done in a thread, and what is then done with what it gave
SENT_HERE = "specdouble.granian"  # that the transport looks for it itself
