internal import Crypto

/// The SHA-256 of a text, `sha256:` and 64 hexadecimal digits.
func sha256(_ text: String) -> String {
    "sha256:" + SHA256.hash(data: Array(text.utf8)).hexadecimal
}
