//! Every quirk by what it does, and by its absence.

mod annotations;
mod desk;
mod joining;
mod mastership;
mod patches;
mod presence;
mod timelines;
mod view;

use desk::both;
