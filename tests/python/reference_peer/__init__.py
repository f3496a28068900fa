"""A peer that speaks the reference protocol, for tests: what a latest reference peer does, no more and no less.

It is written from the protocol's description alone, with opentimelineio for the documents and pika for the broker.
Where the reference has a quirk that others can see (a wholesale playback state, an annotation merge that is not
idempotent, a lease that only its owner refreshes), this peer has it too.
"""
