import Foundation
import Testing

extension IntegrationTests {
    /// Probes by the runtime itself, what variables tell of the pod, and parts of volumes.
    @Suite struct KubeProbeTests {
        private func withImage(_ who: Identity, _ body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let loaded = try hako("load", "-i", "\(Machine.images)/busybox")
                #expect(loaded.status == 0, "\(loaded)")
                #expect(try hako("tag", String(loaded.text.suffix(64)), "box:1").status == 0)
                defer { _ = try? hako("pod", "rm", "-f", "--all") }
                try body(hako)
            }
        }

        private func play(_ hako: Hako, _ containers: String, volumes: String = "[]") throws -> Outcome {
            try hako(
                "kube", "play", "-",
                stdin: """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: p, labels: {app: x}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      volumes: \(volumes)
                      containers: \(containers)
                    """)
        }

        private func health(_ hako: Hako, _ name: String = "p-c") throws -> String {
            try hako("inspect", "--format", "{{.State.Health.Status}}", name).text
        }

        /// The image needs neither a shell nor a client for it: the check is made from outside, within the pod's network.
        @Test(arguments: Identity.allCases)
        func aServerIsAskedByHTTP(_ who: Identity) throws {
            try withImage(who) { hako in
                let script = "mkdir /www && echo up > /www/up && exec httpd -f -p 8080 -h /www"
                let played = try play(
                    hako,
                    "[{name: c, image: 'box:1', command: [sh, -c, '\(script)'], ports: [{name: web, containerPort: 8080}], "
                        + "livenessProbe: {httpGet: {path: /up, port: web}, periodSeconds: 1, failureThreshold: 2}}]")
                #expect(played.status == 0, "\(played)")
                #expect(try eventually(within: 10) { try health(hako) == "healthy" })
                #expect(try hako("inspect", "--format", "{{json .State.Health.Log}}", "p-c").text.contains("HTTP 200"))
                // What is not found is not well, and is started again.
                #expect(try hako("exec", "p-c", "rm", "/www/up").status == 0)
                #expect(try eventually(within: 15) { try hako("inspect", "--format", "{{.RestartCount}}", "p-c").text != "0" })
                #expect(try hako("events", "--stream=false").text.contains("health=unhealthy"))
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func aPortIsConnectedTo(_ who: Identity) throws {
            try withImage(who) { hako in
                let played = try play(
                    hako,
                    "[{name: c, image: 'box:1', command: [nc, -ll, -p, '9000', -e, cat], "
                        + "livenessProbe: {tcpSocket: {port: 9000}, periodSeconds: 1}}, "
                        + "{name: d, image: 'box:1', command: [sleep, '1000'], "
                        + "readinessProbe: {tcpSocket: {port: 9001}, periodSeconds: 1, failureThreshold: 2}}]")
                #expect(played.status == 0, "\(played)")
                #expect(try eventually(within: 10) { try health(hako) == "healthy" })
                #expect(try eventually(within: 10) { try health(hako, "p-d") == "unhealthy" })
                let log = try hako("inspect", "--format", "{{json .State.Health.Log}}", "p-d").text
                #expect(log.contains("connect 127.0.0.1:9001: Connection refused"), "\(log)")
                // One that is not ready goes on.
                #expect(try hako("inspect", "--format", "{{.State.Status}} {{.RestartCount}}", "p-d").text == "running 0")
            }
        }

        /// A server that takes connections and never answers is not well; neither is one that speaks something else.
        @Test(.fastMachine, arguments: ["sleep 1000", "echo SSH-2.0-x"])
        func whoDoesNotAnswerIsNotWell(_ server: String) throws {
            try withImage(.root) { hako in
                _ = try hako.write("#!/bin/sh\n\(server)\n", to: "serve")
                let played = try play(
                    hako,
                    "[{name: c, image: 'box:1', command: [sh, -c, 'nc -ll -p 9000 -e sh /s/serve'], "
                        + "volumeMounts: [{name: s, mountPath: /s}], "
                        + "readinessProbe: {httpGet: {port: 9000}, periodSeconds: 1, failureThreshold: 1}}]",
                    volumes: "[{name: s, hostPath: {path: '\(hako.directory)'}}]")
                #expect(played.status == 0, "\(played)")
                #expect(try eventually(within: 10) { try health(hako) == "unhealthy" })
                let log = try hako("inspect", "--format", "{{json .State.Health.Log}}", "p-c").text
                #expect(log.contains(server.hasPrefix("sleep") ? "longer than 1 s" : "not HTTP/1"), "\(log)")
            }
        }

        @Test(.fastMachine) func nothingElseIsAskedUntilItHasStarted() throws {
            try withImage(.root) { hako in
                let script = "sleep 2.5; touch /started; sleep 1; touch /alive; exec sleep 1000"
                let played = try play(
                    hako,
                    "[{name: c, image: 'box:1', command: [sh, -c, '\(script)'], "
                        + "startupProbe: {exec: {command: [test, -e, /started]}, periodSeconds: 1, failureThreshold: 20}, "
                        + "livenessProbe: {exec: {command: [test, -e, /alive]}, periodSeconds: 1, failureThreshold: 3}}, "
                        + "{name: d, image: 'box:1', command: [sleep, '1000'], "
                        + "startupProbe: {tcpSocket: {port: 1}, periodSeconds: 1, failureThreshold: 2}}]")
                #expect(played.status == 0, "\(played)")
                #expect(try eventually(within: 15) { try health(hako) == "healthy" })
                #expect(try hako("inspect", "--format", "{{.RestartCount}}", "p-c").text == "0")
                // One that does not start in time begins anew.
                #expect(try eventually(within: 15) { try hako("inspect", "--format", "{{.RestartCount}}", "p-d").text != "0" })
                let text = try hako("kube", "generate", "p").text
                #expect(text.contains("startupProbe:") && text.contains("tcpSocket:"), "\(text)")
            }
        }

        @Test(arguments: Identity.allCases)
        func partsOfVolumesAreMounted(_ who: Identity) throws {
            try withImage(who) { hako in
                let played = try play(
                    hako,
                    "[{name: c, image: 'box:1', command: [sh, -c, 'cat /one; echo $POD $APP; echo x > /part/f; sleep 1000'], "
                        + "env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, "
                        + "{name: APP, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}], "
                        + "volumeMounts: [{name: v, mountPath: /part, subPathExpr: of/$(POD)}, {name: v, mountPath: /all}, "
                        + "{name: v, mountPath: /one, subPath: file}]}]",
                    volumes: "[{name: v, hostPath: {path: '\(hako.path("v"))'}}]")
                #expect(played.status == 125 && played.err.contains(hako.path("v")), "\(played)")
                #expect(try hako.spawn(hako.asIdentity(["mkdir", hako.path("v")])).finish().status == 0)
                _ = try hako.write("first\n", to: "v/file")
                let again = try play(
                    hako,
                    "[{name: c, image: 'box:1', command: [sh, -c, 'cat /one; echo $POD $APP; echo x > /part/f; sleep 1000'], "
                        + "env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, "
                        + "{name: APP, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}], "
                        + "volumeMounts: [{name: v, mountPath: /part, subPathExpr: of/$(POD)}, {name: v, mountPath: /all}, "
                        + "{name: v, mountPath: /one, subPath: file}]}]",
                    volumes: "[{name: v, hostPath: {path: '\(hako.path("v"))'}}]")
                #expect(again.status == 0, "\(again)")
                #expect(try eventually { try hako("logs", "p-c").lines == ["first", "p x"] })
                #expect(try eventually { try hako("exec", "p-c", "cat", "/all/of/p/f").text == "x" })
                #expect(try String(contentsOfFile: hako.path("v/of/p/f"), encoding: .utf8) == "x\n")
            }
        }

        /// A link that a container left in a volume leads nowhere but into the volume.
        @Test(.fastMachine, arguments: Identity.allCases)
        func aPartIsNeverOutsideItsVolume(_ who: Identity) throws {
            try withImage(who) { hako in
                let links =
                    "mkdir v && ln -s / v/top && ln -s /etc v/etc-link && ln -s ../../../../etc v/up && ln -s /etc/passwd v/file"
                #expect(try hako.spawn(hako.asIdentity(["sh", "-c", "cd \(hako.directory) && \(links)"])).finish().status == 0)
                for part in ["top/etc", "up", "etc-link", "file", "top/top/etc"] {
                    let played = try play(
                        hako,
                        "[{name: c, image: 'box:1', command: [sh, -c, 'find /m; sleep 1000'], "
                            + "volumeMounts: [{name: v, mountPath: /m, subPath: \(part)}]}]",
                        volumes: "[{name: v, hostPath: {path: '\(hako.path("v"))'}}]")
                    let seen = try hako("logs", "p-c").text
                    #expect(!seen.contains("/m/passwd") && !seen.contains("root:"), "\(part): \(played) \(seen)")
                    #expect(played.status == 0 || played.err.contains("No such file"), "\(part): \(played)")
                    _ = try hako("pod", "rm", "-f", "p")
                }
            }
        }
    }
}
