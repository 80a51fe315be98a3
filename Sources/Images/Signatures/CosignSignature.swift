internal import Crypto
internal import FoundationEssentials
internal import JSON
package import OCI

/// A sigstore signature of an image, as cosign attaches it: a payload that names the manifest's digest, and ECDSA over it.
package struct CosignSignature: Sendable {
    /// The layer's annotation that holds the signature, in base64.
    package static let annotation = "dev.cosignproject.cosign/signature"
    package static let payloadType = "application/vnd.dev.cosign.simplesigning.v1+json"

    private let payload: [UInt8]
    private let signature: String

    package init(payload: [UInt8], signature: String) {
        self.payload = payload
        self.signature = signature
    }

    /// The tag that signatures of a digest are kept under.
    package static func tag(of digest: OCI.Digest) -> String { "sha256-\(digest.hex).sig" }

    /// - Parameters:
    ///   - key: a public key of P-256, PEM.
    ///   - digests: those that the signature may name.
    /// - Returns: nil where it holds; or else why not.
    package func refusal(key: String, digests: [OCI.Digest], name: ImageName) -> String? {
        guard let publicKey = try? P256.Signing.PublicKey(pemRepresentation: key) else {
            return "the key is no public key of P-256 in PEM"
        }
        guard let bytes = Data(base64Encoded: signature), let given = try? P256.Signing.ECDSASignature(derRepresentation: bytes),
            publicKey.isValidSignature(given, for: payload)
        else { return "the signature was not made with the key" }
        guard let claim = Claim(payload) else { return "what was signed is no image" }
        guard claim.type == "cosign container image signature", digests.map(\.text).contains(claim.digest) else {
            return "the signature is of another image"
        }
        // cosign names the repository alone; others the tag as well.
        guard claim.reference.isEmpty || [name.path, "\(name.path):\(name.tag ?? "")"].contains(claim.reference) else {
            return "the signature is for \(claim.reference)"
        }
        return nil
    }

    /// A key that a policy holds itself.
    package static func text(base64: String) -> String? {
        Data(base64Encoded: base64).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What the payload says (containers/image, signature protocols, JSON data format).
    private struct Claim {
        let type: String
        let digest: String
        let reference: String

        init?(_ payload: [UInt8]) {
            func text(_ value: JSONValue?, _ path: String...) -> String? {
                var value = value
                for key in path {
                    guard case .object(let object)? = value else { return nil }
                    value = object[key]
                }
                guard case .string(let text)? = value else { return nil }
                return text
            }
            let document = try? JSONValue(parsing: payload)
            guard let type = text(document, "critical", "type"),
                let digest = text(document, "critical", "image", "docker-manifest-digest")
            else { return nil }
            self.type = type
            self.digest = digest
            reference = text(document, "critical", "identity", "docker-reference") ?? ""
        }
    }
}
