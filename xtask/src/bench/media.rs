//! The files that are measured with: long, but made in seconds, because a short encoding is repeated.

use std::fs;
use std::path::{Path, PathBuf};

use crate::apt;
use crate::process::{Failure, command, run};

/// How long the files are.
struct Lengths {
    /// Of those with pictures, in tens of seconds: ten seconds are 6 MB.
    pictures: u32,
    /// Of those that are only played, in tens of seconds.
    played: u32,
    /// Of those with sound alone, in seconds: 47 or 50 frames each.
    sound: u32,
}

const FULL: Lengths = Lengths {
    pictures: 16,
    played: 7,
    sound: 7_200,
};
const QUICK: Lengths = Lengths {
    pictures: 1,
    played: 1,
    sound: 120,
};

/// One file. The tables in `docs/benchmarks.md` use its name.
struct Medium {
    name: &'static str,
    container: &'static str,
    file: &'static str,
    media_type: &'static str,
    /// What ffmpeg does with the parts.
    make: fn(&Parts, &Path) -> Result<(), Failure>,
}

const MEDIA: &[Medium] = &[
    Medium {
        name: "h264",
        container: "fmp4",
        file: "h264.mp4",
        media_type: "video/mp4; codecs=\"avc1.42C01F, mp4a.40.2\"",
        make: |parts, out| {
            let flags = "+frag_keyframe+empty_moov+default_base_moof";
            ffmpeg(
                &[
                    &parts.looped_pictures(&parts.h264),
                    &Parts::start_of(&parts.aac, parts.picture_seconds()),
                ],
                &["-movflags", flags],
                out,
            )
        },
    },
    Medium {
        name: "h264, a fragment a frame",
        container: "fmp4",
        file: "h264-frames.mp4",
        media_type: "video/mp4; codecs=\"avc1.42C01F\"",
        make: |parts, out| {
            let flags = "+frag_every_frame+empty_moov+default_base_moof";
            ffmpeg(&[&parts.looped_pictures(&parts.h264)], &["-movflags", flags], out)
        },
    },
    Medium {
        name: "h264, moov at the end",
        container: "mp4",
        file: "h264-plain.mp4",
        media_type: "video/mp4; codecs=\"avc1.42C01F, mp4a.40.2\"",
        make: |parts, out| {
            ffmpeg(
                &[
                    &parts.looped_pictures(&parts.h264),
                    &Parts::start_of(&parts.aac, parts.picture_seconds()),
                ],
                &[],
                out,
            )
        },
    },
    Medium {
        name: "aac, tiny frames",
        container: "fmp4",
        file: "aac.mp4",
        media_type: "audio/mp4; codecs=\"mp4a.40.2\"",
        make: |parts, out| {
            let flags = "+empty_moov+default_base_moof";
            let cut = ["-movflags", flags, "-frag_duration", "2000000"];
            ffmpeg(&[&Parts::start_of(&parts.aac, parts.lengths.sound)], &cut, out)
        },
    },
    Medium {
        name: "vp9",
        container: "webm",
        file: "vp9.webm",
        media_type: "video/webm; codecs=\"vp9, opus\"",
        make: |parts, out| {
            let sound = Parts::start_of(&parts.opus, parts.picture_seconds());
            ffmpeg(
                &[&parts.looped_pictures(&parts.vp9()?), &sound],
                &["-cluster_time_limit", "2000"],
                out,
            )
        },
    },
    Medium {
        name: "opus, tiny frames",
        container: "webm",
        file: "opus.webm",
        media_type: "audio/webm; codecs=\"opus\"",
        make: |parts, out| {
            let all = Parts::start_of(&parts.opus, parts.lengths.sound);
            ffmpeg(&[&all], &["-cluster_time_limit", "2000"], out)
        },
    },
    Medium {
        name: "1080p30",
        container: "played",
        file: "1080p30.mp4",
        media_type: "video/mp4; codecs=\"avc1.42C028, mp4a.40.2\"",
        make: |parts, out| parts.played("1920x1080", 30, out),
    },
    Medium {
        name: "720p60",
        container: "played",
        file: "720p60.mp4",
        media_type: "video/mp4; codecs=\"avc1.42C020, mp4a.40.2\"",
        make: |parts, out| parts.played("1280x720", 60, out),
    },
];

/// Makes what is missing and returns the directory, which has a list of it in `media.json`.
pub(crate) fn make(quick: bool) -> Result<PathBuf, Failure> {
    let (name, lengths) = if quick { ("quick", QUICK) } else { ("media", FULL) };
    let directory = crate::root().join("target/bench").join(name);
    fs::create_dir_all(&directory)?;
    if MEDIA.iter().any(|medium| !directory.join(medium.file).is_file()) {
        apt::ensure(apt::FFMPEG)?;
        let parts = Parts::make(lengths, &directory.join("parts"))?;
        for Medium { file, make, .. } in MEDIA {
            let out = directory.join(file);
            if !out.is_file() {
                // A file that was not finished must not pass for one.
                let unfinished = directory.join("parts").join(file);
                make(&parts, &unfinished)?;
                fs::rename(unfinished, out)?;
            }
        }
        fs::remove_dir_all(directory.join("parts"))?;
    }
    let list: Vec<String> = MEDIA
        .iter()
        .map(
            |Medium {
                 name,
                 container,
                 file,
                 media_type,
                 ..
             }| {
                format!(
                    r#"{{ "name": "{name}", "container": "{container}", "file": "{file}", "type": "{}" }}"#,
                    media_type.replace('"', "\\\"")
                )
            },
        )
        .collect();
    fs::write(
        directory.join("media.json"),
        format!("[\n  {}\n]\n", list.join(",\n  ")),
    )?;
    Ok(directory)
}

/// Short encodings that the files are put together from.
struct Parts {
    lengths: Lengths,
    directory: PathBuf,
    /// Ten seconds.
    h264: PathBuf,
    /// As long as the sound.
    aac: PathBuf,
    opus: PathBuf,
}

/// Ten seconds that compress to 5 Mbit/s, with a key frame every two seconds.
const PICTURES: &str = "testsrc2=size=1280x720:rate=30:duration=10,noise=alls=20:allf=t";

/// All but the distance of key frames.
const X264: &str =
    "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -b:v 5M -maxrate 5M -bufsize 5M -sc_threshold 0 -bf 0";

impl Parts {
    fn make(lengths: Lengths, directory: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(directory)?;
        let path = |name: &str| directory.join(name);
        let (short, adts) = (path("short.aac"), path("long.aac"));
        let (h264, aac, opus) = (path("short.mp4"), path("long.m4a"), path("long.ogg"));
        encode(PICTURES, &format!("{X264} -g 60 -keyint_min 60"), &h264)?;
        encode(&sound(96), "-c:a aac -b:a 64k", &short)?;
        // ADTS has no times: it can be repeated as it is.
        let times = lengths.sound as usize / 96 + 1;
        fs::write(&adts, fs::read(&short)?.repeat(times))?;
        ffmpeg(
            &[&Self::start_of(&adts, lengths.sound)],
            &["-bsf:a", "aac_adtstoasc"],
            &aac,
        )?;
        encode(
            &sound(lengths.sound),
            "-c:a libopus -b:a 64k -vbr off -compression_level 0",
            &opus,
        )?;
        Ok(Self {
            lengths,
            directory: directory.to_owned(),
            h264,
            aac,
            opus,
        })
    }

    fn vp9(&self) -> Result<PathBuf, Failure> {
        let vp9 = self.directory.join("short.webm");
        let libvpx =
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1 -pix_fmt yuv420p -b:v 3M -g 60";
        encode(PICTURES, libvpx, &vp9)?;
        Ok(vp9)
    }

    fn picture_seconds(&self) -> u32 {
        self.lengths.pictures * 10
    }

    /// H.264 of 5 Mbit/s with sound.
    fn played(&self, size: &str, rate: u32, out: &Path) -> Result<(), Failure> {
        let short = self.directory.join(format!("{size}.mp4"));
        let pictures = format!("testsrc2=size={size}:rate={rate}:duration=10,noise=alls=20:allf=t");
        encode(
            &pictures,
            &format!("{X264} -g {0} -keyint_min {0}", rate * 2),
            &short,
        )?;
        let sound = Self::start_of(&self.aac, self.lengths.played * 10);
        let flags = "+frag_keyframe+empty_moov+default_base_moof";
        ffmpeg(
            &[&Self::looped(&short, self.lengths.played), &sound],
            &["-movflags", flags],
            out,
        )
    }

    fn looped_pictures(&self, file: &Path) -> Vec<String> {
        Self::looped(file, self.lengths.pictures)
    }

    fn looped(file: &Path, times: u32) -> Vec<String> {
        let again = (times - 1).to_string();
        vec!["-stream_loop".into(), again, "-i".into(), name(file)]
    }

    fn start_of(file: &Path, seconds: u32) -> Vec<String> {
        vec!["-t".into(), seconds.to_string(), "-i".into(), name(file)]
    }
}

fn sound(seconds: u32) -> String {
    format!("sine=frequency=440:sample_rate=48000:duration={seconds},aformat=channel_layouts=stereo")
}

fn name(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}

/// Encodes what a filter gives.
fn encode(filter: &str, encoder: &str, out: &Path) -> Result<(), Failure> {
    let mut ffmpeg = command("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-f", "lavfi", "-i", filter]);
    run(ffmpeg.args(encoder.split_whitespace()).arg(out))
}

/// Puts encodings together without decoding them.
fn ffmpeg(inputs: &[&Vec<String>], options: &[&str], out: &Path) -> Result<(), Failure> {
    let mut ffmpeg = command("ffmpeg");
    ffmpeg.args(["-v", "error", "-y"]);
    for input in inputs {
        ffmpeg.args(*input);
    }
    run(ffmpeg.args(["-c", "copy"]).args(options).arg(out))
}
