internal import Images
internal import JSON
internal import Linux
internal import OCI

/// Checks an image against the policy before anything of it is brought. containers-policy.json(5).
struct SignatureCheck {
    let files: ImageFiles
    let edge: EdgeClient
    let policy: SignaturePolicy
    let policyPath: String

    /// The user's policy, or the machine's; none is none.
    ///
    /// - Throws: for one that cannot be read: it may forbid what is asked.
    static func standard(_ files: ImageFiles, _ edge: EdgeClient) throws(EngineError) -> SignatureCheck {
        let home = Environment.value("HOME").map { "\($0)/.config/containers/policy.json" }
        for path in [home, "/etc/containers/policy.json"].compactMap({ $0 }) where File.exists(path) {
            let bytes = try attempt("read the policy \(path)") { () throws(SystemError) in try File.read(path, limit: 4 << 20) }
            do throws(JSONError) {
                return SignatureCheck(files: files, edge: edge, policy: try SignaturePolicy(parsing: bytes), policyPath: path)
            } catch {
                throw EngineError("the policy \(path) \(error); nothing is pulled with one that cannot be understood")
            }
        }
        return SignatureCheck(files: files, edge: edge, policy: .acceptsAll, policyPath: "")
    }

    /// - Throws: for an image that may not be used.
    func check(_ image: ImagePull.Resolved) throws(EngineError) {
        for requirement in policy.requirements(for: image.name) {
            switch requirement {
            case .accept: continue
            case .reject: throw refused(image, "it is of those that are rejected")
            case .unknown(let type): throw refused(image, "\"\(type)\" is asked for, which is not supported")
            case .sigstore(let path, let pem): try checkSigned(image, try key(path, pem, image))
            }
        }
    }

    private func refused(_ image: ImagePull.Resolved, _ why: String) -> EngineError {
        EngineError("\(image.name.familiarWithTag) is refused by the policy \(policyPath): \(why)")
    }

    private func key(_ path: String?, _ data: String?, _ image: ImagePull.Resolved) throws(EngineError) -> String {
        if let path {
            return try attempt("read the key \(path) of the policy") { () throws(SystemError) in
                try File.readText(path, limit: 64 << 10)
            }
        }
        guard let data, let text = CosignSignature.text(base64: data) else { throw refused(image, "it names no key") }
        return text
    }

    /// A signature of the index holds for what is in it: it names that by digest.
    private func checkSigned(_ image: ImagePull.Resolved, _ key: String) throws(EngineError) {
        let digests = [image.manifestDigest] + (image.index.map { [$0] } ?? [])
        var reason = "it is not signed"
        for digest in digests {
            for signature in try signatures(of: digest, image.name) {
                guard let refusal = signature.refusal(key: key, digests: digests, name: image.name) else { return }
                reason = refusal
            }
        }
        throw refused(image, reason)
    }

    private func signatures(of digest: Digest, _ name: ImageName) throws(EngineError) -> [CosignSignature] {
        guard let (bytes, _) = try? edge.manifest(name, CosignSignature.tag(of: digest)),
            let manifest = try? Manifest(parsing: bytes)
        else { return [] }
        var found: [CosignSignature] = []
        for layer in manifest.layers.prefix(64) where layer.mediaType == CosignSignature.payloadType && layer.size <= 64 << 10 {
            guard let text = layer.annotations?[CosignSignature.annotation], let payload = Digest(layer.digest) else { continue }
            try BlobFetch(files: files, edge: edge, repository: name.path, report: TransferReport { _ in })
                .bring(payload, size: layer.size)
            let bytes = try imaging { () throws(ImagesError) in try files.blobs.read(payload) }
            found.append(CosignSignature(payload: bytes, signature: text))
        }
        return found
    }
}
