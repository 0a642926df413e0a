//! The elements that this reads or knows: what they are called, in which they lie, what they hold (RFC 8794, RFC 9559).

use std::fmt;

use super::limits::MAX_CODEC_PRIVATE_SIZE;

/// The newest version of Matroska that this can read.
const READ_VERSION: u32 = 4;

/// An element's ID: of an element in the table its row, of another the ID with its length marker, as it stands in the
/// file. No such ID is below 0x81.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ElementId(u32);

/// A row of the table.
#[derive(Debug)]
pub(super) struct ElementType {
    /// The ID with its length marker.
    number: u32,
    /// In which element it lies.
    pub(super) parent: ElementId,
    pub(super) content: Content,
}

/// What an element holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Content {
    /// Bytes or text, at most so many bytes.
    Binary(u32),
    /// An integer, signed or not, and what it is where the element is missing.
    Integer(u32),
    /// The same; 0 is not allowed.
    Positive(u32),
    /// An unsigned integer; larger ones than this cannot be read here.
    AtMost(u32),
    /// A float, and what it is where the element is missing.
    Float(u32),
    /// Other elements.
    Master,
    /// Other elements, read together with what lies beside it.
    Group,
}

macro_rules! elements {
    ($($name:ident = $number:literal, $text:literal in $parent:ident, $content:expr;)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Row {
            $($name,)*
            Count,
        }

        // Some are here for what the table says of them, and named nowhere.
        #[expect(dead_code)]
        impl ElementId {
            $(pub(super) const $name: Self = Self(Row::$name as u32);)*
            /// How many are in the table. Their IDs are smaller than this.
            pub(super) const KNOWN: usize = Row::Count as usize;

            /// By row. One text, for pointers to many are half as long as these.
            const NAMES: &str = concat!($($text, " "),*);

            const TABLE: [ElementType; Self::KNOWN] = {
                use Content::{AtMost, Binary, Float, Group, Integer, Master, Positive};
                [$(ElementType {
                    number: $number,
                    parent: Self::$parent,
                    content: $content,
                },)*]
            };
        }
    };
}

elements! {
    SIMPLE_BLOCK = 0xa3, "SimpleBlock" in CLUSTER, Binary(u32::MAX);
    TIMESTAMP = 0xe7, "Timestamp" in CLUSTER, Integer(0);
    BLOCK_GROUP = 0xa0, "BlockGroup" in CLUSTER, Master;
    POSITION = 0xa7, "Position" in CLUSTER, Integer(0);
    PREV_SIZE = 0xab, "PrevSize" in CLUSTER, Integer(0);
    SILENT_TRACKS = 0x5854, "SilentTracks" in CLUSTER, Master;
    ENCRYPTED_BLOCK = 0xaf, "EncryptedBlock" in CLUSTER, Binary(u32::MAX);

    BLOCK = 0xa1, "Block" in BLOCK_GROUP, Binary(u32::MAX);
    BLOCK_DURATION = 0x9b, "BlockDuration" in BLOCK_GROUP, Integer(0);
    REFERENCE_BLOCK = 0xfb, "ReferenceBlock" in BLOCK_GROUP, Binary(u32::MAX);
    DISCARD_PADDING = 0x75a2, "DiscardPadding" in BLOCK_GROUP, Integer(0);

    EBML = 0x1a45_dfa3, "EBML" in ROOT, Master;
    SEGMENT = 0x1853_8067, "Segment" in ROOT, Master;

    VOID = 0xec, "Void" in ANYWHERE, Binary(u32::MAX);
    CRC_32 = 0xbf, "CRC-32" in ANYWHERE, Binary(u32::MAX);

    EBML_VERSION = 0x4286, "EBMLVersion" in EBML, Integer(1);
    EBML_READ_VERSION = 0x42f7, "EBMLReadVersion" in EBML, AtMost(1);
    EBML_MAX_ID_LENGTH = 0x42f2, "EBMLMaxIDLength" in EBML, AtMost(4);
    EBML_MAX_SIZE_LENGTH = 0x42f3, "EBMLMaxSizeLength" in EBML, AtMost(8);
    DOC_TYPE = 0x4282, "DocType" in EBML, Binary(u32::MAX);
    DOC_TYPE_READ_VERSION = 0x4285, "DocTypeReadVersion" in EBML, AtMost(READ_VERSION);

    SEEK_HEAD = 0x114d_9b74, "SeekHead" in SEGMENT, Master;
    INFO = 0x1549_a966, "Info" in SEGMENT, Master;
    TRACKS = 0x1654_ae6b, "Tracks" in SEGMENT, Master;
    CLUSTER = 0x1f43_b675, "Cluster" in SEGMENT, Master;
    CUES = 0x1c53_bb6b, "Cues" in SEGMENT, Master;
    CHAPTERS = 0x1043_a770, "Chapters" in SEGMENT, Master;
    ATTACHMENTS = 0x1941_a469, "Attachments" in SEGMENT, Master;
    TAGS = 0x1254_c367, "Tags" in SEGMENT, Master;

    TIMESTAMP_SCALE = 0x2a_d7b1, "TimestampScale" in INFO, Positive(1_000_000);
    DURATION = 0x4489, "Duration" in INFO, Float(0);

    TRACK_ENTRY = 0xae, "TrackEntry" in TRACKS, Master;

    TRACK_NUMBER = 0xd7, "TrackNumber" in TRACK_ENTRY, Integer(0);
    TRACK_TYPE = 0x83, "TrackType" in TRACK_ENTRY, Integer(0);
    NAME = 0x536e, "Name" in TRACK_ENTRY, Binary(u32::MAX);
    LANGUAGE = 0x22_b59c, "Language" in TRACK_ENTRY, Binary(u32::MAX);
    LANGUAGE_BCP47 = 0x22_b59d, "LanguageBCP47" in TRACK_ENTRY, Binary(u32::MAX);
    CODEC_ID = 0x86, "CodecID" in TRACK_ENTRY, Binary(u32::MAX);
    CODEC_PRIVATE = 0x63a2, "CodecPrivate" in TRACK_ENTRY, Binary(MAX_CODEC_PRIVATE_SIZE);
    CODEC_DELAY = 0x56aa, "CodecDelay" in TRACK_ENTRY, Integer(0);
    DEFAULT_DURATION = 0x23_e383, "DefaultDuration" in TRACK_ENTRY, Integer(0);
    VIDEO = 0xe0, "Video" in TRACK_ENTRY, Master;
    AUDIO = 0xe1, "Audio" in TRACK_ENTRY, Master;
    CONTENT_ENCODINGS = 0x6d80, "ContentEncodings" in TRACK_ENTRY, Master;

    PIXEL_WIDTH = 0xb0, "PixelWidth" in VIDEO, Integer(0);
    PIXEL_HEIGHT = 0xba, "PixelHeight" in VIDEO, Integer(0);
    PIXEL_CROP_TOP = 0x54bb, "PixelCropTop" in VIDEO, Integer(0);
    PIXEL_CROP_BOTTOM = 0x54aa, "PixelCropBottom" in VIDEO, Integer(0);
    PIXEL_CROP_LEFT = 0x54cc, "PixelCropLeft" in VIDEO, Integer(0);
    PIXEL_CROP_RIGHT = 0x54dd, "PixelCropRight" in VIDEO, Integer(0);
    DISPLAY_WIDTH = 0x54b0, "DisplayWidth" in VIDEO, Integer(0);
    DISPLAY_HEIGHT = 0x54ba, "DisplayHeight" in VIDEO, Integer(0);
    DISPLAY_UNIT = 0x54b2, "DisplayUnit" in VIDEO, Integer(0);
    COLOUR = 0x55b0, "Colour" in VIDEO, Group;
    PROJECTION = 0x7670, "Projection" in VIDEO, Group;

    MATRIX_COEFFICIENTS = 0x55b1, "MatrixCoefficients" in COLOUR, Integer(2);
    RANGE = 0x55b9, "Range" in COLOUR, Integer(0);
    TRANSFER_CHARACTERISTICS = 0x55ba, "TransferCharacteristics" in COLOUR, Integer(2);
    PRIMARIES = 0x55bb, "Primaries" in COLOUR, Integer(2);

    PROJECTION_TYPE = 0x7671, "ProjectionType" in PROJECTION, Integer(0);
    PROJECTION_POSE_YAW = 0x7673, "ProjectionPoseYaw" in PROJECTION, Float(0);
    PROJECTION_POSE_PITCH = 0x7674, "ProjectionPosePitch" in PROJECTION, Float(0);
    PROJECTION_POSE_ROLL = 0x7675, "ProjectionPoseRoll" in PROJECTION, Float(0);

    SAMPLING_FREQUENCY = 0xb5, "SamplingFrequency" in AUDIO, Float(8_000);
    OUTPUT_SAMPLING_FREQUENCY = 0x78b5, "OutputSamplingFrequency" in AUDIO, Float(0);
    CHANNELS = 0x9f, "Channels" in AUDIO, Integer(1);
    BIT_DEPTH = 0x6264, "BitDepth" in AUDIO, Integer(0);

    CONTENT_ENCODING = 0x6240, "ContentEncoding" in CONTENT_ENCODINGS, Master;

    CONTENT_ENCODING_ORDER = 0x5031, "ContentEncodingOrder" in CONTENT_ENCODING, Integer(0);
    CONTENT_ENCODING_SCOPE = 0x5032, "ContentEncodingScope" in CONTENT_ENCODING, Integer(1);
    CONTENT_ENCODING_TYPE = 0x5033, "ContentEncodingType" in CONTENT_ENCODING, Integer(0);
    CONTENT_COMPRESSION = 0x5034, "ContentCompression" in CONTENT_ENCODING, Group;
    CONTENT_ENCRYPTION = 0x5035, "ContentEncryption" in CONTENT_ENCODING, Master;

    CONTENT_COMP_ALGO = 0x4254, "ContentCompAlgo" in CONTENT_COMPRESSION, Integer(0);
    CONTENT_COMP_SETTINGS = 0x4255, "ContentCompSettings" in CONTENT_COMPRESSION, Binary(u32::MAX);
}

impl ElementId {
    /// In no other element.
    pub(super) const ROOT: Self = Self(u32::MAX);
    /// In any element.
    const ANYWHERE: Self = Self(u32::MAX - 1);

    /// The element of this ID with its length marker.
    pub(super) fn of(number: u32) -> Self {
        let row = Self::table().iter().position(|row| row.number == number);
        Self(row.map_or(number, |row| row as u32))
    }

    fn table() -> &'static [ElementType] {
        const { &Self::TABLE }
    }

    /// What the table says of it, if it is there.
    pub(super) fn row(self) -> Option<&'static ElementType> {
        Self::table().get(self.0 as usize)
    }

    /// Its place in a list of all that are in the table.
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// The ID with its length marker.
    pub(super) fn number(self) -> u32 {
        self.row().map_or(self.0, |row| row.number)
    }

    /// In which element it lies.
    pub(super) fn parent(self) -> Self {
        self.row().map_or(Self::ROOT, |row| row.parent)
    }

    /// The number that an element is which is missing.
    pub(super) fn default(self) -> u32 {
        match self.row().map(|row| row.content) {
            Some(Content::Integer(default) | Content::Positive(default) | Content::Float(default)) => default,
            _ => 0,
        }
    }

    /// Whether it holds an integer.
    pub(super) fn is_integer(self) -> bool {
        self.row()
            .is_some_and(|row| matches!(row.content, Content::Integer(_) | Content::AtMost(_)))
    }

    /// Elements that stand outside all others or directly in a `Segment`, other than those that may be anywhere.
    pub(super) fn is_level_1(self) -> bool {
        self.row()
            .is_some_and(|row| row.parent == Self::ROOT || row.parent == Self::SEGMENT)
    }

    /// Elements that may be anywhere and say nothing of the media.
    pub(super) const fn is_global(self) -> bool {
        matches!(self, Self::VOID | Self::CRC_32)
    }

    /// Its name after those of what `parent` lies in, such as `Segment/Tracks/TrackEntry`.
    pub(super) fn path_in(self, parent: Self) -> String {
        match parent.row() {
            Some(row) => format!("{}/{self}", parent.path_in(row.parent)),
            None => self.to_string(),
        }
    }
}

impl fmt::Display for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.split(' ').nth(self.index()) {
            Some(name) => f.write_str(name),
            None => write!(f, "[{:X}]", self.0),
        }
    }
}

impl fmt::Debug for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
