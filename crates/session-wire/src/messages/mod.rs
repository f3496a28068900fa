//! Every message, one file each. What a file says is what rustdoc and `docs/protocol.md` say.

/// Declares a message: its place on the wire, who sends it, what receivers do, and its table of fields.
macro_rules! message {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident = $family:ident / $event:literal is $traffic:ident {
            sent: $sent:literal,
            received: $received:literal,
            specified: $specified:literal,
        }
        { $($fields:tt)* }
    ) => {
        $crate::body::wire_object! {
            $(#[doc = $doc])*
            #[doc = ""]
            #[doc = concat!("*Sent:* ", $sent)]
            #[doc = ""]
            #[doc = concat!("*Received:* ", $received)]
            #[doc = ""]
            #[doc = concat!("*Specified in:* ", $specified)]
            pub struct $name { $($fields)* }
        }

        impl $crate::message::MessageType for $name {
            const FAMILY: &'static str = $crate::message::families::$family;
            const EVENT: &'static str = $event;
            const TRAFFIC: $crate::message::Traffic = $crate::message::Traffic::$traffic;
        }

        impl $name {
            /// Its row of the registry.
            pub(crate) const INFO: $crate::message::MessageInfo = $crate::message::MessageInfo {
                name: stringify!($name),
                family: $crate::message::families::$family,
                event: $event,
                traffic: $crate::message::Traffic::$traffic,
                doc: &[$($doc),*],
                sent: $sent,
                received: $received,
                example: include_str!(concat!("../../tests/golden/ours/", stringify!($name), ".json")),
                fields: <Self as $crate::body::Body>::fields,
            };
        }
    };
}

mod ack;
mod add_timeline;
mod checkpoint;
mod claim_ownership;
mod display_settings;
mod heartbeat;
mod hello;
mod i_am_master;
mod insert_child;
mod move_child;
mod new_participant;
mod new_presenter;
mod operation_stamp;
mod operations;
mod operations_request;
mod partial_annotation;
mod peer_announce;
mod peer_depart;
mod playback_settings;
mod refusal;
mod release_ownership;
mod remove_child;
mod remove_timeline;
mod rename_timeline;
mod replace_annotation_commands;
mod replace_timeline;
mod selection;
mod set_peer_role;
mod set_property;
mod settled_state;
mod shared_key_request;
mod shared_key_response;
mod state_request;
mod state_snapshot;
mod unknown;
mod who_is_master;

pub use ack::Ack;
pub use add_timeline::AddTimeline;
pub use checkpoint::{Checkpoint, Place};
pub use claim_ownership::ClaimOwnership;
pub use display_settings::DisplaySettings;
pub use heartbeat::Heartbeat;
pub use hello::Hello;
pub use i_am_master::IAmMaster;
pub use insert_child::InsertChild;
pub use move_child::MoveChild;
pub use new_participant::NewParticipant;
pub use new_presenter::NewPresenter;
pub use operation_stamp::OperationStamp;
pub use operations::{Base, Operations, View, ViewStamp, ViewStamps};
pub use operations_request::OperationsRequest;
pub use partial_annotation::PartialAnnotation;
pub use peer_announce::PeerAnnounce;
pub use peer_depart::PeerDepart;
pub use playback_settings::{PlaybackMode, PlaybackSettings};
pub use refusal::Refusal;
pub use release_ownership::ReleaseOwnership;
pub use remove_child::RemoveChild;
pub use remove_timeline::RemoveTimeline;
pub use rename_timeline::RenameTimeline;
pub use replace_annotation_commands::ReplaceAnnotationCommands;
pub use replace_timeline::ReplaceTimeline;
pub use selection::Selection;
pub use set_peer_role::SetPeerRole;
pub use set_property::SetProperty;
pub use settled_state::SettledState;
pub use shared_key_request::SharedKeyRequest;
pub use shared_key_response::SharedKeyResponse;
pub use state_request::StateRequest;
pub use state_snapshot::StateSnapshot;
pub use unknown::UnknownMessage;
pub use who_is_master::WhoIsMaster;
