//! MPEG-4 elementary stream descriptors: AAC and MP3 in MP4.

use super::{CodecConfig, CodecError, aac_decoder_config};
use crate::bytes::{Reader, Truncated};

/// ES_Descriptor (ISO/IEC 14496-1 § 7.2.6.1).
const ES_DESCRIPTOR: u8 = 3;
const DECODER_CONFIG_DESCRIPTOR: u8 = 4;
const DECODER_SPECIFIC_INFO: u8 = 5;

/// From the body of an `esds` box after version and flags: an ES_Descriptor. AAC becomes `mp4a.40.N` with its
/// AudioSpecificConfig as description, MP3 becomes `mp3` without one.
///
/// # Errors
/// When the descriptors are broken, AAC lacks its AudioSpecificConfig, or the stream is of another type.
pub fn from_esds(descriptor: &[u8]) -> Result<CodecConfig, CodecError> {
    let stream = ElementaryStream::parse(descriptor)
        .map_err(|truncated| CodecError::Malformed(format!("esds: {truncated}")))?
        .ok_or_else(|| CodecError::Malformed("esds has no decoder configuration".into()))?;
    match stream.object_type_indication {
        // Audio of MPEG-4, and of MPEG-2 in its three AAC profiles, which decoders take for the same.
        0x40 | 0x66 | 0x67 | 0x68 => {
            let bytes = stream
                .specific_info
                .ok_or_else(|| CodecError::Malformed("esds has no AudioSpecificConfig".into()))?;
            aac_decoder_config(bytes)
        }
        // Audio of MPEG-2 layer 3 and of MPEG-1. WebCodecs knows both as `mp3` and wants the frames alone.
        0x69 | 0x6b => Ok(CodecConfig::new("mp3".into(), None)),
        other => Err(CodecError::Unsupported(format!(
            "mp4a.{other:02x} cannot be decoded by WebCodecs"
        ))),
    }
}

struct ElementaryStream<'a> {
    object_type_indication: u8,
    specific_info: Option<&'a [u8]>,
}

impl<'a> ElementaryStream<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Option<Self>, Truncated> {
        let Some(body) = find(bytes, ES_DESCRIPTOR)? else {
            return Ok(None);
        };
        let mut reader = Reader::new(body);
        reader.skip(2); // ES_ID
        let flags = reader.u8();
        if flags & 0x80 != 0 {
            reader.skip(2); // dependsOn_ES_ID
        }
        if flags & 0x40 != 0 {
            let length = reader.u8();
            reader.skip(usize::from(length)); // URLstring
        }
        if flags & 0x20 != 0 {
            reader.skip(2); // OCR_ES_Id
        }
        reader.check()?;
        let Some(body) = find(reader.rest(), DECODER_CONFIG_DESCRIPTOR)? else {
            return Ok(None);
        };
        let mut reader = Reader::new(body);
        let object_type_indication = reader.u8();
        reader.skip(12); // stream type, buffer size, bit rates
        reader.check()?;
        Ok(Some(Self {
            object_type_indication,
            specific_info: find(reader.rest(), DECODER_SPECIFIC_INFO)?,
        }))
    }
}

/// The body of the first descriptor with this tag (ISO/IEC 14496-1 § 8.3.3: seven bits of the size a byte).
fn find(bytes: &[u8], wanted: u8) -> Result<Option<&[u8]>, Truncated> {
    let mut reader = Reader::new(bytes);
    while reader.remaining() > 0 {
        let tag = reader.u8();
        let mut size = 0usize;
        for _ in 0..4 {
            let byte = reader.u8();
            size = size << 7 | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let body = reader.bytes(size);
        reader.check()?;
        if tag == wanted {
            return Ok(Some(body));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(tag: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag, 0x80, 0x80, 0x80, body.len() as u8];
        bytes.extend_from_slice(body);
        bytes
    }

    fn esds(flags: &[u8], object_type_indication: u8, specific_info: Option<&[u8]>) -> Vec<u8> {
        let mut config = vec![object_type_indication];
        config.extend([0; 12]);
        if let Some(bytes) = specific_info {
            config.extend(descriptor(5, bytes));
        }
        let mut stream = vec![0, 1];
        stream.extend_from_slice(flags);
        stream.extend(descriptor(4, &config));
        stream.extend(descriptor(6, &[2]));
        descriptor(3, &stream)
    }

    #[test]
    fn aac_is_named_by_its_specific_config() {
        let asc = [0x12, 0x10];
        for flags in [&[0][..], &[0xe0, 9, 9, 2, b'a', b'b', 8, 8]] {
            let config = from_esds(&esds(flags, 0x40, Some(&asc))).unwrap();
            assert_eq!(config.codec, "mp4a.40.2");
            assert_eq!(config.description.as_deref(), Some(&asc[..]));
            assert_eq!((config.sample_rate, config.channels), (Some(44_100), Some(2)));
        }
    }

    #[test]
    fn mp3_is_named_without_description() {
        for indication in [0x69, 0x6b] {
            let config = from_esds(&esds(&[0], indication, None)).unwrap();
            assert_eq!((config.codec.as_str(), config.description), ("mp3", None));
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let message = |bytes: &[u8]| from_esds(bytes).unwrap_err().to_string();
        assert_eq!(
            message(&esds(&[0], 0x40, None)),
            "esds has no AudioSpecificConfig"
        );
        assert_eq!(
            message(&esds(&[0], 0xa5, None)),
            "mp4a.a5 cannot be decoded by WebCodecs"
        );
        assert_eq!(message(&[]), "esds has no decoder configuration");
        let whole = esds(&[0], 0x40, Some(&[0x12, 0x10]));
        for length in 1..whole.len() {
            assert!(from_esds(&whole[..length]).is_err(), "{length}");
        }
    }
}
