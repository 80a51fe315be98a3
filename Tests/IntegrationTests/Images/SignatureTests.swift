import Foundation
import Testing

extension IntegrationTests {
    /// policy.json, and signatures as cosign makes them, by openssl.
    @Suite(.registry, .requires(Machine.exists("/usr/bin/openssl"), "openssl is missing")) struct SignatureTests {
        private static func policy(_ standard: String, _ scope: String, _ requirement: String) -> String {
            #"{"default": [{"type": "\#(standard)"}], "transports": {"docker": {"\#(scope)": [\#(requirement)]}}}"#
        }

        private func policy(_ hako: Hako, _ text: String) throws {
            try host("mkdir", "-p", hako.path("home/.config/containers"))
            try text.write(toFile: hako.path("home/.config/containers/policy.json"), atomically: true, encoding: .utf8)
            try host("chown", "-R", "\(hako.identity.id)", hako.path("home/.config"))
        }

        /// Attaches a signature to an image of the registry: for `signed`, by the key in `file`.
        private func sign(_ registry: Registry, _ hako: Hako, _ digest: String, signed: String, file: String) throws {
            let script = """
                import base64, hashlib, json, subprocess, sys
                sys.path.insert(0, '\(Machine.scripts)')
                import images
                from pathlib import Path
                place = Path('\(hako.path("signature"))')
                subprocess.run(['rm', '-rf', place], check=True)
                layout = images.Layout(place)
                payload = json.dumps({'critical': {'identity': {'docker-reference': '\(registry.host)/test/busybox'},
                    'image': {'docker-manifest-digest': '\(signed)'},
                    'type': 'cosign container image signature'}, 'optional': None}).encode()
                signature = subprocess.run(['openssl', 'dgst', '-sha256', '-sign', '\(file)'], input=payload,
                                           stdout=subprocess.PIPE, check=True).stdout
                layout.diffs.append('sha256:' + hashlib.sha256(payload).hexdigest())
                layout.layers.append({'mediaType': 'application/vnd.dev.cosign.simplesigning.v1+json', **layout.blob(payload),
                    'annotations': {'dev.cosignproject.cosign/signature': base64.b64encode(signature).decode()}})
                layout.finish({})
                """
            let made = try Child(["python3", "-c", script], environment: Machine.environment).finish()
            #expect(made.status == 0, "\(made)")
            let tag = digest.replacingOccurrences(of: ":", with: "-") + ".sig"
            let sent = try host(
                "skopeo", "copy", "-q", "--dest-tls-verify=false", "oci:\(hako.path("signature")):latest",
                "docker://\(registry.host)/test/busybox:\(tag)")
            #expect(sent.status == 0, "\(sent)")
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func whatThePolicyRejectsIsNotPulled(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako, "busybox") { registry in
                    let name = "\(registry.host)/test/busybox"
                    for (text, reason) in [
                        (#"{"default": [{"type": "reject"}]}"#, "rejected"),
                        (
                            Self.policy("insecureAcceptAnything", "\(registry.host)/test", #"{"type": "reject"}"#),
                            "rejected"
                        ),
                        (#"{"default": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/x"}]}"#, "not supported"),
                        (#"{"default": []}"#, "empty"), ("{", "policy"),
                    ] {
                        try policy(hako, text)
                        let refused = try hako("pull", "-q", name)
                        #expect(
                            refused.status == 125 && refused.oneErrorLine && refused.err.contains(reason), "\(text): \(refused)")
                    }
                    #expect(try hako("images", "-q").text == "")
                    try policy(
                        hako,
                        Self.policy("reject", registry.host, #"{"type": "insecureAcceptAnything"}"#)
                    )
                    #expect(try hako("pull", "-q", name).status == 0)
                }
            }
        }

        @Test func onlyWhatTheKeySignedIsPulled() throws {
            try withHako { hako in
                try withRegistry(hako, "busybox") { registry in
                    let name = "\(registry.host)/test/busybox"
                    for key in ["good", "bad"] {
                        try host(
                            "openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", hako.path("\(key).pem"))
                        try host("openssl", "ec", "-in", hako.path("\(key).pem"), "-pubout", "-out", hako.path("\(key).pub"))
                    }
                    try policy(
                        hako,
                        Self.policy("reject", "", #"{"type": "sigstoreSigned", "keyPath": "\#(hako.path("good.pub"))"}"#)
                    )
                    let digest = try host(
                        "skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", "docker://\(name)"
                    ).text
                    let other = "sha256:" + String(repeating: "0", count: 64)
                    let unsigned = try hako("pull", "-q", name)
                    #expect(unsigned.status == 125 && unsigned.err.contains("not signed"), "\(unsigned)")
                    try sign(registry, hako, digest, signed: digest, file: hako.path("bad.pem"))
                    let foreign = try hako("pull", "-q", name)
                    #expect(foreign.status == 125 && foreign.err.contains("not made with the key"), "\(foreign)")
                    try sign(registry, hako, digest, signed: other, file: hako.path("good.pem"))
                    let moved = try hako("pull", "-q", name)
                    #expect(moved.status == 125 && moved.err.contains("another image"), "\(moved)")
                    #expect(try hako("images", "-q").text == "")
                    try sign(registry, hako, digest, signed: digest, file: hako.path("good.pem"))
                    let pulled = try hako("pull", "-q", name)
                    #expect(pulled.status == 0, "\(pulled)")
                }
            }
        }
    }
}
