//! Every message of the review protocol, typed, in every dialect that is spoken.
