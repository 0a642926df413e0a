//! How a decoded picture is to be shown: which part of it, how large, turned by how much.

use crate::container::MediaConfig;
use crate::wire::wire;

/// A part of a picture, in its pixels; its right and lower edges are `x + width` and `y + height`, exclusive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rectangle {
    /// Columns left of it.
    pub x: u32,
    /// Rows above it.
    pub y: u32,
    /// Its columns.
    pub width: u32,
    /// Its rows.
    pub height: u32,
}
wire!(struct Rectangle { x, y, width, height });

impl Rectangle {
    const fn moved(self, x: u32, y: u32) -> Self {
        Self {
            x: self.x.saturating_add(x),
            y: self.y.saturating_add(y),
            ..self
        }
    }

    /// What both have; `None` for nothing.
    fn intersection(self, other: Self) -> Option<Self> {
        let side = |start: u32, length: u32, other_start: u32, other_length: u32| {
            let from = start.max(other_start);
            let to = start
                .saturating_add(length)
                .min(other_start.saturating_add(other_length));
            (from < to).then(|| (from, to - from))
        };
        let (x, width) = side(self.x, self.width, other.x, other.width)?;
        let (y, height) = side(self.y, self.height, other.y, other.height)?;
        Some(Self { x, y, width, height })
    }

    /// With even columns left of it and even rows above it, and at least as large: a frame whose samples of colour are
    /// fewer than its pixels can begin at no others (WebCodecs, "Verify Rect Offset Alignment").
    const fn aligned(self) -> Self {
        Self {
            x: self.x & !1,
            y: self.y & !1,
            width: self.width + (self.x & 1),
            height: self.height + (self.y & 1),
        }
    }
}

/// What a decoder says of a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DecodedPicture {
    /// Width and height in pixels, with the margin that only the codec needs.
    pub coded_size: (u32, u32),
    /// The part that is to be seen by what the bitstream says.
    pub visible: Rectangle,
    /// Width and height to show that part at by what the bitstream says, in CSS pixels.
    pub display_size: (u32, u32),
}

/// How to show a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrangement {
    /// The part to show; `None` for the one that the decoder said.
    pub visible: Option<Rectangle>,
    /// Width and height to show it at in CSS pixels, after it was turned.
    pub display_size: (u32, u32),
    /// Clockwise degrees to turn it by: 0, 90, 180 or 270.
    pub rotation: u16,
}

impl Arrangement {
    /// What the container asks for, as far as it speaks of this picture.
    pub fn of(picture: DecodedPicture, media: &MediaConfig) -> Self {
        let natural = picture.display_size;
        let MediaConfig::Video {
            coded_width,
            coded_height,
            crop,
            display_width,
            display_height,
            rotation,
            ..
        } = *media
        else {
            return Self {
                visible: None,
                display_size: natural,
                rotation: 0,
            };
        };
        let declared = (coded_width, coded_height);
        let visible = picture.visible;
        // The stream may change its size where the container cannot tell (avc3, VP9): then the frame knows better.
        let origin = if (visible.width, visible.height) == declared {
            Some((visible.x, visible.y))
        } else if picture.coded_size == declared {
            Some((0, 0))
        } else {
            None
        };
        let display_size = if origin.is_some() && display_width > 0 && display_height > 0 {
            (display_width, display_height)
        } else if rotation % 180 == 90 {
            (natural.1, natural.0)
        } else {
            natural
        };
        let cropped = match (crop, origin) {
            (Some(crop), Some((x, y))) => crop.moved(x, y).intersection(visible),
            _ => None,
        };
        Self {
            visible: cropped
                .map(Rectangle::aligned)
                .filter(|&cropped| cropped != visible),
            display_size,
            rotation,
        }
    }

    /// Width and height in CSS pixels before the picture is turned.
    pub const fn unturned_size(&self) -> (u32, u32) {
        match (self.rotation % 180, self.display_size) {
            (90, (width, height)) => (height, width),
            (_, size) => size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn rectangle(x: u32, y: u32, width: u32, height: u32) -> Rectangle {
        Rectangle { x, y, width, height }
    }

    /// A picture of 320 by 240 pixels in a frame with a margin.
    const PICTURE: DecodedPicture = DecodedPicture {
        coded_size: (336, 256),
        visible: rectangle(8, 4, 320, 240),
        display_size: (320, 240),
    };

    fn media(crop: Option<Rectangle>, display_size: (u32, u32), rotation: u16) -> MediaConfig {
        MediaConfig::Video {
            coded_width: 320,
            coded_height: 240,
            crop,
            display_width: display_size.0,
            display_height: display_size.1,
            rotation,
            color_space: None,
        }
    }

    #[test]
    fn a_crop_counts_from_the_picture_that_the_container_declares() {
        let crop = rectangle(10, 20, 300, 200);
        let shown = |picture, crop| {
            let arrangement = Arrangement::of(picture, &media(Some(crop), (300, 200), 0));
            (arrangement.visible, arrangement.display_size)
        };
        assert_eq!(
            shown(PICTURE, crop),
            (Some(rectangle(18, 24, 300, 200)), (300, 200))
        );
        // The declared size is that of the frame with its margin; of the crop is left what the bitstream shows.
        let whole = DecodedPicture {
            coded_size: (320, 240),
            visible: rectangle(0, 0, 320, 210),
            display_size: (320, 210),
        };
        assert_eq!(
            shown(whole, crop),
            (Some(rectangle(10, 20, 300, 190)), (300, 200))
        );
        // Odd edges grow outwards.
        assert_eq!(
            shown(PICTURE, rectangle(11, 21, 299, 199)).0,
            Some(rectangle(18, 24, 300, 200))
        );
        // The whole picture, or nothing of it.
        assert_eq!(shown(PICTURE, rectangle(0, 0, 320, 240)).0, None);
        assert_eq!(shown(PICTURE, rectangle(320, 0, 20, 20)).0, None);
        assert_eq!(shown(PICTURE, rectangle(u32::MAX, 0, u32::MAX, 20)).0, None);
    }

    #[test]
    fn a_picture_of_another_size_than_declared_is_shown_as_it_is() {
        let larger = DecodedPicture {
            coded_size: (640, 480),
            visible: rectangle(0, 0, 640, 480),
            display_size: (640, 480),
        };
        let arrangement = Arrangement::of(larger, &media(Some(rectangle(10, 20, 300, 200)), (300, 200), 90));
        assert_eq!(
            (arrangement.visible, arrangement.display_size),
            (None, (480, 640))
        );
        assert_eq!(arrangement.unturned_size(), (640, 480));
    }

    #[test]
    fn the_display_size_is_meant_after_turning() {
        for (rotation, unturned) in [
            (0, (64, 128)),
            (90, (128, 64)),
            (180, (64, 128)),
            (270, (128, 64)),
        ] {
            let arrangement = Arrangement::of(PICTURE, &media(None, (64, 128), rotation));
            assert_eq!(
                (arrangement.display_size, arrangement.unturned_size()),
                ((64, 128), unturned)
            );
        }
    }
}
