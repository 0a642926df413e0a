//! Names of elements (RFC 8794, RFC 9559).

use std::fmt;

/// An element's ID with its length marker, as it stands in the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ElementId(pub(super) u32);

macro_rules! element_ids {
    ($($name:ident = $value:literal, $text:literal;)*) => {
        impl ElementId {
            $(pub(super) const $name: Self = Self($value);)*

            /// A table is smaller than what compilers make of a match.
            const NAMES: &[(Self, &'static str)] = &[$((Self::$name, $text),)*];
        }
    };
}

element_ids! {
    EBML = 0x1a45_dfa3, "EBML";
    EBML_VERSION = 0x4286, "EBMLVersion";
    EBML_READ_VERSION = 0x42f7, "EBMLReadVersion";
    EBML_MAX_ID_LENGTH = 0x42f2, "EBMLMaxIDLength";
    EBML_MAX_SIZE_LENGTH = 0x42f3, "EBMLMaxSizeLength";
    DOC_TYPE = 0x4282, "DocType";
    DOC_TYPE_READ_VERSION = 0x4285, "DocTypeReadVersion";
    VOID = 0xec, "Void";
    CRC_32 = 0xbf, "CRC-32";

    SEGMENT = 0x1853_8067, "Segment";
    SEEK_HEAD = 0x114d_9b74, "SeekHead";
    INFO = 0x1549_a966, "Info";
    TRACKS = 0x1654_ae6b, "Tracks";
    CLUSTER = 0x1f43_b675, "Cluster";
    CUES = 0x1c53_bb6b, "Cues";
    CHAPTERS = 0x1043_a770, "Chapters";
    ATTACHMENTS = 0x1941_a469, "Attachments";
    TAGS = 0x1254_c367, "Tags";

    TIMESTAMP_SCALE = 0x2a_d7b1, "TimestampScale";
    DURATION = 0x4489, "Duration";

    TRACK_ENTRY = 0xae, "TrackEntry";
    TRACK_NUMBER = 0xd7, "TrackNumber";
    TRACK_TYPE = 0x83, "TrackType";
    NAME = 0x536e, "Name";
    LANGUAGE = 0x22_b59c, "Language";
    LANGUAGE_BCP47 = 0x22_b59d, "LanguageBCP47";
    CODEC_ID = 0x86, "CodecID";
    CODEC_PRIVATE = 0x63a2, "CodecPrivate";
    CODEC_DELAY = 0x56aa, "CodecDelay";
    DEFAULT_DURATION = 0x23_e383, "DefaultDuration";
    VIDEO = 0xe0, "Video";
    PIXEL_WIDTH = 0xb0, "PixelWidth";
    PIXEL_HEIGHT = 0xba, "PixelHeight";
    PIXEL_CROP_TOP = 0x54bb, "PixelCropTop";
    PIXEL_CROP_BOTTOM = 0x54aa, "PixelCropBottom";
    PIXEL_CROP_LEFT = 0x54cc, "PixelCropLeft";
    PIXEL_CROP_RIGHT = 0x54dd, "PixelCropRight";
    DISPLAY_WIDTH = 0x54b0, "DisplayWidth";
    DISPLAY_HEIGHT = 0x54ba, "DisplayHeight";
    DISPLAY_UNIT = 0x54b2, "DisplayUnit";
    PROJECTION = 0x7670, "Projection";
    PROJECTION_TYPE = 0x7671, "ProjectionType";
    PROJECTION_POSE_YAW = 0x7673, "ProjectionPoseYaw";
    PROJECTION_POSE_PITCH = 0x7674, "ProjectionPosePitch";
    PROJECTION_POSE_ROLL = 0x7675, "ProjectionPoseRoll";
    COLOUR = 0x55b0, "Colour";
    MATRIX_COEFFICIENTS = 0x55b1, "MatrixCoefficients";
    RANGE = 0x55b9, "Range";
    TRANSFER_CHARACTERISTICS = 0x55ba, "TransferCharacteristics";
    PRIMARIES = 0x55bb, "Primaries";
    AUDIO = 0xe1, "Audio";
    SAMPLING_FREQUENCY = 0xb5, "SamplingFrequency";
    OUTPUT_SAMPLING_FREQUENCY = 0x78b5, "OutputSamplingFrequency";
    CHANNELS = 0x9f, "Channels";
    BIT_DEPTH = 0x6264, "BitDepth";
    CONTENT_ENCODINGS = 0x6d80, "ContentEncodings";
    CONTENT_ENCODING = 0x6240, "ContentEncoding";
    CONTENT_ENCODING_ORDER = 0x5031, "ContentEncodingOrder";
    CONTENT_ENCODING_SCOPE = 0x5032, "ContentEncodingScope";
    CONTENT_ENCODING_TYPE = 0x5033, "ContentEncodingType";
    CONTENT_COMPRESSION = 0x5034, "ContentCompression";
    CONTENT_COMP_ALGO = 0x4254, "ContentCompAlgo";
    CONTENT_COMP_SETTINGS = 0x4255, "ContentCompSettings";
    CONTENT_ENCRYPTION = 0x5035, "ContentEncryption";

    TIMESTAMP = 0xe7, "Timestamp";
    POSITION = 0xa7, "Position";
    PREV_SIZE = 0xab, "PrevSize";
    SILENT_TRACKS = 0x5854, "SilentTracks";
    SIMPLE_BLOCK = 0xa3, "SimpleBlock";
    ENCRYPTED_BLOCK = 0xaf, "EncryptedBlock";
    BLOCK_GROUP = 0xa0, "BlockGroup";
    BLOCK = 0xa1, "Block";
    BLOCK_DURATION = 0x9b, "BlockDuration";
    REFERENCE_BLOCK = 0xfb, "ReferenceBlock";
    DISCARD_PADDING = 0x75a2, "DiscardPadding";
}

impl ElementId {
    /// Elements that stand outside all others or directly in a `Segment`, other than those that may be anywhere.
    pub(super) const fn is_level_1(self) -> bool {
        matches!(
            self,
            Self::EBML
                | Self::SEGMENT
                | Self::SEEK_HEAD
                | Self::INFO
                | Self::TRACKS
                | Self::CLUSTER
                | Self::CUES
                | Self::CHAPTERS
                | Self::ATTACHMENTS
                | Self::TAGS
        )
    }

    /// Elements that stand directly in a `Cluster`, other than those that may be anywhere.
    pub(super) const fn is_in_cluster(self) -> bool {
        matches!(
            self,
            Self::TIMESTAMP
                | Self::POSITION
                | Self::PREV_SIZE
                | Self::SILENT_TRACKS
                | Self::SIMPLE_BLOCK
                | Self::ENCRYPTED_BLOCK
                | Self::BLOCK_GROUP
        )
    }

    /// Elements that may be anywhere and say nothing of the media.
    pub(super) const fn is_global(self) -> bool {
        matches!(self, Self::VOID | Self::CRC_32)
    }
}

impl fmt::Display for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(id, _)| id == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "[{:X}]", self.0),
        }
    }
}

impl fmt::Debug for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
