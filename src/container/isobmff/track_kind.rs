//! `kind` of AudioTrack and VideoTrack (HTML § 4.8.11.10.1), as in-band tracks of ISO files are sourced
//! (MSE ISO BMFF byte stream format § 3, "Sourcing In-band Media Resource Tracks").

use super::boxes::BoxRef;
use crate::container::TrackKind;

/// A `kind` box (ISO/IEC 14496-12 § 8.10.4) of one of the two schemes that are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Role {
    is_dash: bool,
    value: String,
}

impl Role {
    fn new(scheme: &[u8], value: &[u8]) -> Option<Self> {
        let is_dash = scheme == DASH_SCHEME.as_bytes();
        (is_dash || scheme == HTML_SCHEME.as_bytes()).then(|| Self {
            is_dash,
            value: String::from_utf8_lossy(value).into_owned(),
        })
    }
}

/// Values are HTML's own words.
const HTML_SCHEME: &str = "about:html-kind";
/// Values are the roles of DASH (ISO/IEC 23009-1 § 5.8.5.5).
const DASH_SCHEME: &str = "urn:mpeg:dash:role:2011";

const AUDIO_KINDS: [&str; 6] = [
    "alternative",
    "commentary",
    "descriptions",
    "main",
    "main-desc",
    "translation",
];
const VIDEO_KINDS: [&str; 6] = [
    "alternative",
    "captions",
    "commentary",
    "main",
    "sign",
    "subtitles",
];

/// The `kind` boxes in a `udta`. User data may be anything at all: what cannot be read ends it.
pub(super) fn read_roles(udta: &BoxRef<'_>) -> Vec<Role> {
    let mut roles = Vec::new();
    for child in udta.children().map_while(Result::ok) {
        if child.kind.0 == *b"kind" {
            // After version and flags.
            let mut texts = child
                .payload
                .get(4..)
                .unwrap_or_default()
                .split(|&byte| byte == 0);
            let [scheme, value] = [(); 2].map(|()| texts.next().unwrap_or_default());
            roles.extend(Role::new(scheme, value));
        }
    }
    roles
}

/// `kind` of a track with these roles; `by_codec` is what the codec's record says of it, and `is_first` whether it is
/// the first of its media.
///
/// DEVIATION: the specification sources it from the codec's record and from the order of the tracks alone. A `kind` box
/// says it outright, and comes before both: HTML's words as they are, the roles of DASH as HTML § 4.8.11.10.1 maps them.
pub(super) fn kind(
    media: TrackKind,
    roles: &[Role],
    by_codec: Option<&'static str>,
    is_first: bool,
) -> &'static str {
    let kinds = match media {
        TrackKind::Audio => AUDIO_KINDS,
        TrackKind::Video => VIDEO_KINDS,
    };
    for role in roles.iter().filter(|role| !role.is_dash) {
        if let Some(kind) = kinds.into_iter().find(|kind| *kind == role.value) {
            return kind;
        }
    }
    if roles.iter().any(|role| role.is_dash) {
        return dash_kind(media, roles);
    }
    match by_codec {
        Some(kind) => kind,
        None if is_first => "main",
        None => "translation",
    }
}

/// HTML § 4.8.11.10.1, the mapping of DASH roles. Empty for combinations that it has no word for.
fn dash_kind(media: TrackKind, roles: &[Role]) -> &'static str {
    let has = |value| roles.iter().any(|role| role.is_dash && role.value == value);
    let is_video = media == TrackKind::Video;
    match () {
        () if has("main") => match () {
            () if has("dub") && is_video => "",
            () if has("dub") => "translation",
            () if has("description") && !is_video => "main-desc",
            () if has("caption") && is_video => "captions",
            () if has("subtitle") && is_video => "subtitles",
            () if has("caption") || has("subtitle") => "",
            () => "main",
        },
        () if has("commentary") => "commentary",
        () if has("alternate") && (is_video || !has("dub")) => "alternative",
        () if has("description") && has("supplementary") && !is_video => "descriptions",
        () => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roles by scheme, `h` for HTML's and `d` for DASH's, and value.
    fn roles(text: &str) -> Vec<Role> {
        let role = |text: &str| {
            let (scheme, value) = text.split_once(':').unwrap();
            let scheme = match scheme {
                "h" => HTML_SCHEME,
                "d" => DASH_SCHEME,
                other => other,
            };
            Role::new(scheme.as_bytes(), value.as_bytes())
        };
        text.split_whitespace().filter_map(role).collect()
    }

    #[test]
    fn roles_become_words_of_html() {
        use TrackKind::{Audio, Video};
        for (media, text, expected) in [
            (Audio, "h:commentary", "commentary"),
            (Video, "h:sign", "sign"),
            // A word of the other media, or none, is passed over.
            (Audio, "h:sign h:descriptions", "descriptions"),
            (Audio, "h:nonsense", "translation"),
            (Audio, "other:commentary", "translation"),
            (Audio, "d:commentary h:main", "main"),
            (Audio, "d:main", "main"),
            (Audio, "d:main d:dub", "translation"),
            (Audio, "d:dub d:main d:description", "translation"),
            (Audio, "d:main d:description", "main-desc"),
            (Audio, "d:main d:commentary", "main"),
            (Audio, "d:main d:caption", ""),
            (Audio, "d:description d:supplementary", "descriptions"),
            (Audio, "d:description", ""),
            (Audio, "d:commentary", "commentary"),
            (Audio, "d:alternate", "alternative"),
            (Audio, "d:alternate d:dub", ""),
            (Audio, "d:alternate d:main", "main"),
            (Audio, "d:alternate d:commentary", "commentary"),
            (Audio, "d:supplementary", ""),
            (Video, "d:main d:caption", "captions"),
            (Video, "d:main d:subtitle", "subtitles"),
            (Video, "d:caption", ""),
            (Video, "d:alternate d:dub", "alternative"),
            (Video, "d:main d:dub", ""),
        ] {
            assert_eq!(kind(media, &roles(text), None, false), expected, "{text}");
        }
    }

    #[test]
    fn without_roles_the_codec_and_the_order_tell() {
        assert_eq!(kind(TrackKind::Video, &[], None, true), "main");
        assert_eq!(kind(TrackKind::Audio, &[], None, false), "translation");
        assert_eq!(kind(TrackKind::Audio, &[], Some("main-desc"), true), "main-desc");
        let roles = roles("h:commentary");
        assert_eq!(
            kind(TrackKind::Audio, &roles, Some("main-desc"), true),
            "commentary"
        );
    }
}
