//! MIME types with codecs parameters.
