//! `kind` of AudioTrack and VideoTrack (HTML § 4.8.11.10.1), as in-band tracks of ISO files are sourced
//! (MSE ISO BMFF byte stream format § 3, "Sourcing In-band Media Resource Tracks").

use super::boxes::BoxRef;
use crate::bytes::split_at_zero;
use crate::container::TrackKind;

/// Values are HTML's own words.
const HTML_SCHEME: &str = "about:html-kind";
/// Values are the roles of DASH (ISO/IEC 23009-1 § 5.8.5.5).
const DASH_SCHEME: &str = "urn:mpeg:dash:role:2011";

/// Words of HTML § 4.8.11.10.1, and whether audio and video tracks have them.
const KINDS: [(&str, [bool; 2]); 9] = [
    ("alternative", [true, true]),
    ("captions", [false, true]),
    ("commentary", [true, true]),
    ("descriptions", [true, false]),
    ("main", [true, true]),
    ("main-desc", [true, false]),
    ("sign", [false, true]),
    ("subtitles", [false, true]),
    ("translation", [true, false]),
];

/// Roles of DASH that HTML has words for, alone or together: each a bit of a set, by its place.
const DASH_ROLES: [&str; 8] = [
    "main",
    "dub",
    "description",
    "caption",
    "subtitle",
    "commentary",
    "alternate",
    "supplementary",
];
const MAIN: u8 = 1;
const DUB: u8 = 1 << 1;
const DESCRIPTION: u8 = 1 << 2;
const CAPTION: u8 = 1 << 3;
const SUBTITLE: u8 = 1 << 4;
const COMMENTARY: u8 = 1 << 5;
const ALTERNATE: u8 = 1 << 6;
const SUPPLEMENTARY: u8 = 1 << 7;

/// HTML § 4.8.11.10.1, the mapping of DASH roles: the first set of which a track has all. Empty for combinations that it
/// has no word for.
const AUDIO_BY_ROLES: &[(u8, &str)] = &[
    (MAIN | DUB, "translation"),
    (MAIN | DESCRIPTION, "main-desc"),
    (MAIN | CAPTION, ""),
    (MAIN | SUBTITLE, ""),
    (MAIN, "main"),
    (COMMENTARY, "commentary"),
    (ALTERNATE | DUB | DESCRIPTION | SUPPLEMENTARY, "descriptions"),
    (ALTERNATE | DUB, ""),
    (ALTERNATE, "alternative"),
    (DESCRIPTION | SUPPLEMENTARY, "descriptions"),
    (0, ""),
];
const VIDEO_BY_ROLES: &[(u8, &str)] = &[
    (MAIN | DUB, ""),
    (MAIN | CAPTION, "captions"),
    (MAIN | SUBTITLE, "subtitles"),
    (MAIN, "main"),
    (COMMENTARY, "commentary"),
    (ALTERNATE, "alternative"),
    (0, ""),
];

/// What `kind` boxes (ISO/IEC 14496-12 § 8.10.4) of the two schemes that are known say of a track.
#[derive(Default)]
pub(super) struct Roles {
    /// The first word of HTML's that tracks of this media have.
    html_kind: Option<&'static str>,
    /// The set of [`DASH_ROLES`]; `None` without any, known or not.
    dash: Option<u8>,
}

impl Roles {
    /// Reads the `kind` boxes in a `udta`. User data may be anything at all: what cannot be read ends it.
    pub(super) fn read(&mut self, udta: &BoxRef<'_>, media: TrackKind) {
        for child in udta.children() {
            let Ok(child) = child else { break };
            if child.kind.0 == *b"kind" {
                // After version and flags.
                let (scheme, rest) = split_at_zero(child.payload.get(4..).unwrap_or_default());
                self.add(media, scheme, split_at_zero(rest).0);
            }
        }
    }

    fn add(&mut self, media: TrackKind, scheme: &[u8], value: &[u8]) {
        if scheme == DASH_SCHEME.as_bytes() {
            let role = DASH_ROLES.iter().position(|role| role.as_bytes() == value);
            *self.dash.get_or_insert(0) |= role.map_or(0, |role| 1 << role);
        } else if scheme == HTML_SCHEME.as_bytes() {
            let is_audio = media == TrackKind::Audio;
            let is_it = |kind: &str, [audio, video]: [bool; 2]| {
                kind.as_bytes() == value && if is_audio { audio } else { video }
            };
            let known = KINDS.iter().find(|&&(kind, media)| is_it(kind, media));
            let known = known.map(|&(kind, _)| kind);
            self.html_kind = self.html_kind.or(known);
        }
    }

    /// `kind` of a track with these roles; `by_codec` is what the codec's record says of it, and `is_first` whether it is
    /// the first of its media.
    ///
    /// DEVIATION: the specification sources it from the codec's record and from the order of the tracks alone. A `kind` box
    /// says it outright, and comes before both: HTML's words as they are, the roles of DASH as HTML § 4.8.11.10.1 maps them.
    pub(super) fn kind(
        &self,
        media: TrackKind,
        by_codec: Option<&'static str>,
        is_first: bool,
    ) -> &'static str {
        let by_roles = |set: u8| {
            let kinds = match media {
                TrackKind::Audio => AUDIO_BY_ROLES,
                TrackKind::Video => VIDEO_BY_ROLES,
            };
            let found = kinds.iter().find(|(roles, _)| set & roles == *roles);
            found.map(|&(_, kind)| kind)
        };
        let by_order = if is_first { "main" } else { "translation" };
        self.html_kind
            .or(self.dash.and_then(by_roles))
            .or(by_codec)
            .unwrap_or(by_order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roles by scheme, `h` for HTML's and `d` for DASH's, and value.
    fn roles(media: TrackKind, text: &str) -> Roles {
        let mut roles = Roles::default();
        for text in text.split_whitespace() {
            let (scheme, value) = text.split_once(':').unwrap();
            let scheme = match scheme {
                "h" => HTML_SCHEME,
                "d" => DASH_SCHEME,
                other => other,
            };
            roles.add(media, scheme.as_bytes(), value.as_bytes());
        }
        roles
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
            assert_eq!(roles(media, text).kind(media, None, false), expected, "{text}");
        }
    }

    #[test]
    fn without_roles_the_codec_and_the_order_tell() {
        let kind = |media, text, by_codec, is_first| roles(media, text).kind(media, by_codec, is_first);
        let main_desc = Some("main-desc");
        assert_eq!(kind(TrackKind::Video, "", None, true), "main");
        assert_eq!(kind(TrackKind::Audio, "", None, false), "translation");
        assert_eq!(kind(TrackKind::Audio, "", main_desc, true), "main-desc");
        assert_eq!(
            kind(TrackKind::Audio, "h:commentary", main_desc, true),
            "commentary"
        );
    }
}
