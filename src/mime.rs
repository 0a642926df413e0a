//! MIME types with codecs parameters, as pages write them: `video/mp4; codecs="avc1.42E01E, mp4a.40.2"`.

/// The byte stream formats this crate can parse.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContainerFormat {
    /// ISO base media file format.
    Mp4,
    /// WebM.
    WebM,
    /// Matroska, which WebM is a part of.
    Matroska,
    /// MPEG audio, layers 1 to 3.
    MpegAudio,
    /// AAC in ADTS.
    Adts,
}

/// Boxes that MP4 files and segments begin with.
const FIRST_BOXES: [[u8; 4]; 11] = [
    *b"ftyp", *b"styp", *b"moov", *b"moof", *b"mdat", *b"sidx", *b"free", *b"skip", *b"wide", *b"emsg",
    *b"prft",
];

/// So many bytes behind its ID hold the document type of an EBML header as writers make it.
const EBML_HEADER: usize = 60;

/// A parsed MIME type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MediaType {
    /// `type/subtype` in lower case.
    pub essence: String,
    /// The comma-separated values of the `codecs` parameter, as written but trimmed, empty ones left out. Empty also
    /// when there is no such parameter.
    pub codecs: Vec<String>,
}

impl MediaType {
    /// Parses by the rules of the WHATWG MIME Sniffing Standard § 4.4: type and parameter names in any case, values
    /// quoted or not, unknown or broken parameters passed over, the first of two equal parameters taken. `None` when the
    /// text is no MIME type.
    pub fn parse(text: &str) -> Option<Self> {
        let (essence, mut parameters) = split_before(trim(text.as_bytes()), b";");
        let (kind, subtype) = split_before(essence, b"/");
        let subtype = trim_end(subtype.get(1..)?);
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        let mut codecs = None;
        // Each begins with its semicolon.
        while let Some((_, parameter)) = parameters.split_first() {
            let (name, rest) = split_before(trim_start(parameter), b";=");
            // A parameter without a value ends at the semicolon.
            let [b'=', rest @ ..] = rest else {
                parameters = rest;
                continue;
            };
            let value;
            (value, parameters) = match rest {
                [b'"', quoted @ ..] => {
                    let (value, rest) = quoted_string(quoted);
                    (value, split_before(rest, b";").1)
                }
                _ => {
                    let (value, rest) = split_before(rest, b";");
                    (trim_end(value).to_vec(), rest)
                }
            };
            if name.eq_ignore_ascii_case(b"codecs") {
                codecs.get_or_insert(value);
            }
        }
        let mut result = Self {
            essence: to_text(&[kind, b"/", subtype].concat().to_ascii_lowercase()),
            codecs: Vec::new(),
        };
        for codec in codecs.unwrap_or_default().split(|&byte| byte == b',') {
            let codec = trim(codec);
            if !codec.is_empty() {
                result.codecs.push(to_text(codec));
            }
        }
        Some(result)
    }

    /// The type of a file that begins with these bytes; a hundred are enough. `None` when this crate has no parser for it.
    ///
    /// Names the container alone, without codecs: `video/mp4`, `video/webm` or `video/x-matroska` also where there is only
    /// sound, `audio/mpeg` or `audio/aac`. After the WHATWG MIME Sniffing Standard § 6.2, which knows neither fragments
    /// that begin without `ftyp` nor ADTS.
    pub fn sniff(start: &[u8]) -> Option<Self> {
        let essence = match start {
            [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => {
                let header = rest.get(..EBML_HEADER).unwrap_or(rest);
                match header.windows(4).any(|word| word == b"webm") {
                    true => "video/webm",
                    false => "video/x-matroska",
                }
            }
            [_, _, _, _, a, b, c, d, ..] if FIRST_BOXES.contains(&[*a, *b, *c, *d]) => "video/mp4",
            [0xff, second, ..] if second & 0xf6 == 0xf0 => "audio/aac",
            // Eleven bits of sync, and a layer.
            [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => "audio/mpeg",
            [b'I', b'D', b'3', ..] | [b'I', b'C', b'Y', b' ', ..] => "audio/mpeg",
            _ => return None,
        };
        Some(Self {
            essence: essence.to_owned(),
            codecs: Vec::new(),
        })
    }

    /// The byte stream format of this type, or `None` when this crate has no parser for it.
    pub fn container(&self) -> Option<ContainerFormat> {
        match self.essence.as_str() {
            "video/mp4" | "audio/mp4" => Some(ContainerFormat::Mp4),
            "video/webm" | "audio/webm" => Some(ContainerFormat::WebM),
            "video/x-matroska" | "audio/x-matroska" => Some(ContainerFormat::Matroska),
            "audio/mpeg" => Some(ContainerFormat::MpegAudio),
            "audio/aac" => Some(ContainerFormat::Adts),
            _ => None,
        }
    }

    /// The "generate timestamps flag" of the byte stream format registry: the format carries no timestamps.
    pub fn generate_timestamps(&self) -> bool {
        matches!(self.essence.as_str(), "audio/mpeg" | "audio/aac")
    }
}

/// The same of a media type as a page writes it.
pub fn generates_timestamps(media_type: &str) -> bool {
    MediaType::parse(media_type).is_some_and(|media_type| media_type.generate_timestamps())
}

/// Without the HTTP whitespace at the beginning.
fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Without that at the end.
fn trim_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t' | b'\n' | b'\r'] = text {
        text = rest;
    }
    text
}

fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

/// An HTTP token, not empty.
fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

/// What is before the first of the `separators`, and it with what is after it, empty where there is none.
fn split_before<'a>(text: &'a [u8], separators: &[u8]) -> (&'a [u8], &'a [u8]) {
    let separator = text.iter().position(|byte| separators.contains(byte));
    text.split_at_checked(separator.unwrap_or(text.len()))
        .unwrap_or_default()
}

/// The value of a quoted string whose opening quote is taken off, and what follows the closing one, which may be missing.
fn quoted_string(mut text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    while let [byte, rest @ ..] = text {
        text = rest;
        match (byte, rest) {
            (b'"', _) => break,
            (b'\\', [escaped, rest @ ..]) => {
                value.push(*escaped);
                text = rest;
            }
            _ => value.push(*byte),
        }
    }
    (value, text)
}

/// Cut beside ASCII alone, it is UTF-8 still.
fn to_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table_of_types() {
        type Parsed = Option<(&'static str, &'static [&'static str])>;
        let table: &[(&str, Parsed)] = &[
            (
                r#"video/mp4; codecs="avc1.42E01E, mp4a.40.2""#,
                Some(("video/mp4", &["avc1.42E01E", "mp4a.40.2"])),
            ),
            (
                "video/mp4;codecs=avc1.42E01E,mp4a.40.2",
                Some(("video/mp4", &["avc1.42E01E", "mp4a.40.2"])),
            ),
            (
                "video/mp4; codecs=avc1.42E01E, opus ;x=1",
                Some(("video/mp4", &["avc1.42E01E", "opus"])),
            ),
            (
                " VIDEO/MP4 ; Codecs=\"VP09.00.10.08\" ",
                Some(("video/mp4", &["VP09.00.10.08"])),
            ),
            (
                r#"audio/mp4;profiles="a;b";codecs="o\pus";codecs="flac""#,
                Some(("audio/mp4", &["opus"])),
            ),
            (
                r#"video/mp4; bad; =3; codecs="vp9"junk; more"#,
                Some(("video/mp4", &["vp9"])),
            ),
            (r#"video/webm; codecs="vp8"#, Some(("video/webm", &["vp8"]))),
            (r#"video/webm; codecs="""#, Some(("video/webm", &[]))),
            (r#"video/webm; codecs=",""#, Some(("video/webm", &[]))),
            ("video/webm;codecs =vp8", Some(("video/webm", &[]))),
            ("video/webm;codecs='vp8'", Some(("video/webm", &["'vp8'"]))),
            ("video/webm;", Some(("video/webm", &[]))),
            ("text/html", Some(("text/html", &[]))),
            ("", None),
            ("null", None),
            ("video", None),
            ("video/", None),
            ("/mp4", None),
            ("video /mp4", None),
            ("video/mp4/x", None),
            ("vidéo/mp4", None),
        ];
        for (text, expected) in table {
            let parsed = MediaType::parse(text);
            let parsed = parsed
                .as_ref()
                .map(|t| (t.essence.as_str(), t.codecs.iter().map(String::as_str).collect()));
            let expected = expected.map(|(essence, codecs)| (essence, codecs.to_vec()));
            assert_eq!(parsed, expected, "{text}");
        }
    }

    #[test]
    fn containers_and_the_registry_flag() {
        let of = |text| MediaType::parse(text).unwrap();
        assert_eq!(of("Audio/MP4").container(), Some(ContainerFormat::Mp4));
        assert_eq!(of("video/mp4;codecs=x").container(), Some(ContainerFormat::Mp4));
        assert_eq!(of("audio/webm").container(), Some(ContainerFormat::WebM));
        assert_eq!(
            of("video/X-Matroska").container(),
            Some(ContainerFormat::Matroska)
        );
        assert_eq!(of("audio/MPEG").container(), Some(ContainerFormat::MpegAudio));
        assert_eq!(of("audio/aac").container(), Some(ContainerFormat::Adts));
        assert_eq!(of("text/mp4").container(), None);
        for (text, flag) in [
            ("audio/mpeg", true),
            ("audio/aac", true),
            ("audio/mp4", false),
            ("video/webm", false),
            ("video/mpeg", false),
        ] {
            assert_eq!(of(text).generate_timestamps(), flag, "{text}");
        }
    }

    #[test]
    fn files_are_known_by_their_first_bytes() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/clips");
        for (file, essence) in [
            ("fragmented.mp4", "video/mp4"),
            ("moov-end.mp4", "video/mp4"),
            ("vp8.webm", "video/webm"),
            ("tone-pcm.mkv", "video/x-matroska"),
            ("sound.mp3", "audio/mpeg"),
            ("sound.aac", "audio/aac"),
        ] {
            let bytes = std::fs::read(format!("{directory}/{file}")).unwrap();
            let sniffed = MediaType::sniff(&bytes[..100]).unwrap();
            assert_eq!(sniffed.essence, essence, "{file}");
            assert!(sniffed.container().is_some(), "{file}");
        }
        let essence = |bytes: &[u8]| MediaType::sniff(bytes).map(|sniffed| sniffed.essence);
        assert_eq!(essence(b"\0\0\0\x18moof"), Some("video/mp4".into()));
        assert_eq!(essence(b"\xff\xfb\x90\x64"), Some("audio/mpeg".into()));
        assert_eq!(essence(b"ID3"), Some("audio/mpeg".into()));
        for bytes in [
            b"".as_slice(),
            b"\xff",
            b"\xff\xe1",
            b"moov",
            b"RIFF\0\0\0\0WAVE",
            b"G",
            b"<!doctype html>",
        ] {
            assert_eq!(essence(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(codecs in prop::collection::vec("[a-zA-Z0-9.]{1,12}", 0..5), quoted: bool) {
            let list = codecs.join(", ");
            let text = if quoted { format!("video/mp4;codecs=\"{list}\"") } else { format!("video/mp4; codecs={list}") };
            prop_assert_eq!(MediaType::parse(&text).unwrap().codecs, codecs);
        }

        #[test]
        fn any_text_is_survived(text in "[a-z/;=\"\\\\ ,é]{0,40}") {
            let _ = MediaType::parse(&text);
        }
    }
}
