import Foundation
import Testing

extension IntegrationTests {
    /// `hako kube`: pods of Kubernetes' files.
    @Suite struct KubePlayTests {
        private func withImage(_ who: Identity, _ body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let loaded = try hako("load", "-i", "\(Machine.images)/busybox")
                #expect(loaded.status == 0, "\(loaded)")
                #expect(try hako("tag", String(loaded.text.suffix(64)), "box:1").status == 0)
                defer { _ = try? hako("pod", "rm", "-f", "--all") }
                try body(hako)
            }
        }

        private static let application = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data:
              COLOR: blue
              motd: |
                first line
                second line
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: keys}
            stringData: {token: s3cret}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: store}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: app
              labels: {app: x}
            spec:
              initContainers:
              - name: one
                image: box:1
                command: [sh, -c, 'echo one > /store/order']
                volumeMounts: &mounts
                - {name: store, mountPath: /store}
              - name: two
                image: box:1
                command: [sh, -c, 'echo two >> /store/order']
                volumeMounts: *mounts
              containers:
              - name: main
                image: box:1
                command: [sh, -c]
                args: ['cat /store/order /config/motd /keys/token; echo; echo $COLOR $TOKEN "$(GREETING)"; id -u; exec sleep 1000']
                env:
                - {name: GREETING, value: hi $(COLOR)}
                - name: TOKEN
                  valueFrom: {secretKeyRef: {name: keys, key: token}}
                envFrom:
                - configMapRef: {name: settings}
                securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true}
                volumeMounts:
                - {name: store, mountPath: /store, readOnly: true}
                - {name: config, mountPath: /config}
                - {name: keys, mountPath: /keys}
                - {name: shared, mountPath: /shared}
              - name: side
                image: box:1
                command: [sh, -c, 'until cat /shared/said; do sleep 0.1; done; exec sleep 1000']
                volumeMounts:
                - {name: shared, mountPath: /shared}
                - {name: memory, mountPath: /memory}
                ports: [{containerPort: 80}]
              restartPolicy: Never
              terminationGracePeriodSeconds: 0
              volumes:
              - {name: shared, emptyDir: {}}
              - {name: memory, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
              - name: store
                persistentVolumeClaim: {claimName: store}
              - name: config
                configMap: {name: settings, items: [{key: motd, path: motd}]}
              - name: keys
                secret: {secretName: keys}
            """

        @Test(arguments: Identity.allCases)
        func aPodOfAllThereIs(_ who: Identity) throws {
            try withImage(who) { hako in
                let file = try hako.write(Self.application, to: "app.yaml")
                let played = try hako("kube", "play", file)
                #expect(played.status == 0 && played.lines.first == "Pod:", "\(played)")
                let lines = ["one", "two", "first line", "second line", "s3cret", "blue s3cret hi blue", "1000"]
                #expect(try eventually { try hako("logs", "app-main").lines == lines })
                #expect(try hako("exec", "app-main", "sh", "-c", "echo heard > /shared/said").status == 0)
                #expect(try eventually { try hako("logs", "app-side").text.contains("heard") })
                #expect(try hako("exec", "app-side", "df", "/memory").text.contains("1024"))
                #expect(
                    try hako("pod", "ps", "--format", "{{.Name}} {{.Status}} {{.NumberOfContainers}}").text == "app Running 3")
                let database = try String(contentsOfFile: "\(hako.dataRoot)/hako.db", encoding: .isoLatin1)
                #expect(!database.contains("s3cret"))
                let again = try hako("kube", "play", file)
                #expect(again.status == 125 && again.err.contains("--replace"), "\(again)")
                #expect(try hako("kube", "play", "--replace", file).status == 0)
                #expect(try hako("kube", "down", file).status == 0)
                #expect(try hako("ps", "-aq").text.isEmpty)
                #expect(try hako("secret", "ls", "-q").text.isEmpty)
                #expect(try hako("volume", "ls", "-q").text == "store")
                #expect(try hako("kube", "down", "--force", file).status == 0)
                #expect(try hako("volume", "ls", "-q").text.isEmpty)
            }
        }

        @Test(.fastMachine) func replicasOfStandardInput() throws {
            try withImage(.root) { hako in
                let text = """
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: web}
                    spec:
                      replicas: 2
                      selector: {matchLabels: {app: web}}
                      template:
                        metadata: {labels: {app: web}}
                        spec:
                          containers: [{name: c, image: "box:1", command: [sleep, "1000"]}]
                          terminationGracePeriodSeconds: 0
                    """
                let made = try hako("kube", "play", "--start=false", "-", stdin: text)
                #expect(made.status == 0, "\(made)")
                let names = try hako("pod", "ps", "-f", "label=app=web", "--format", "{{.Name}} {{.Status}}").lines.sorted()
                #expect(names == ["web-pod-0 Created", "web-pod-1 Created"])
                #expect(try hako("pod", "start", "--all").status == 0)
                // The policy is Always: one that is killed by somebody else comes back.
                let pid = try #require(Int32(try hako("inspect", "-f", "{{.State.Pid}}", "web-pod-0-c").text))
                kill(pid, SIGKILL)
                #expect(
                    try eventually {
                        try hako("inspect", "-f", "{{.State.Status}} {{.RestartCount}}", "web-pod-0-c").text == "running 1"
                    })
                #expect(try hako("kube", "play", "--down", "-", stdin: text).lines.count == 2)
                #expect(try hako("ps", "-aq").text.isEmpty)
            }
        }

        @Test(.fastMachine) func whatIsNotAliveStartsAgain() throws {
            try withImage(.root) { hako in
                let text = """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: p}
                    spec:
                      containers:
                      - name: c
                        image: box:1
                        command: [sh, -c, 'touch /tmp/alive; exec sleep 1000']
                        livenessProbe: {exec: {command: [test, -e, /tmp/alive]}, periodSeconds: 1, failureThreshold: 1}
                      terminationGracePeriodSeconds: 0
                    """
                let played = try hako("kube", "play", "-", stdin: text)
                #expect(played.status == 0, "\(played)")
                #expect(try hako("exec", "p-c", "rm", "/tmp/alive").status == 0)
                #expect(try eventually { try hako("inspect", "-f", "{{.RestartCount}}", "p-c").text == "1" })
                #expect(try hako("kube", "down", "-", stdin: text).status == 0)
            }
        }

        @Test(.fastMachine) func aFailedInitContainerStopsThePlay() throws {
            try withImage(.root) { hako in
                let text = """
                    {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {
                      initContainers: [{name: i, image: "box:1", command: [sh, -c, "echo why >&2; exit 3"]}],
                      containers: [{name: c, image: "box:1", command: [sleep, "9"]}]}}
                    """
                let failed = try hako("kube", "play", "-", stdin: text)
                #expect(failed.status == 125 && failed.err.contains("p-i ended with 3"), "\(failed)")
                #expect(try hako("logs", "p-i").err.contains("why"))
                #expect(try hako("kube", "down", "-", stdin: text).status == 0)
                #expect(try hako("ps", "-aq").text.isEmpty)
                let none = try hako("kube", "play", "-", stdin: text.replacing("box:1", with: "localhost:1/none:1"))
                #expect(none.status != 0)
                #expect(try hako("pod", "ps", "-q").text.isEmpty)
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func whatItGeneratesItPlays(_ who: Identity) throws {
            try withImage(who) { hako in
                let words = [
                    "run", "-d", "--name", "gen", "-e", "A=b c", "-v", "data:/data", "-v", "\(hako.directory):/host:ro",
                    "--tmpfs", "/t",
                    "--cap-drop", "ALL", "--user", "5:6", "--stop-timeout", "0", "box:1", "sleep", "1000",
                ]
                #expect(try hako.spawn(hako.hakoWords(words)).finish(within: 20).status == 0)
                let made = try hako("kube", "generate", "-f", hako.path("gen.yaml"), "gen")
                #expect(made.status == 0, "\(made)")
                #expect(try hako("rm", "-f", "gen").status == 0)
                let played = try hako("kube", "play", hako.path("gen.yaml"))
                #expect(played.status == 0, "\(played)")
                let script =
                    "echo $A; id -u; id -g; grep CapBnd /proc/self/status; touch /host/x || df /t | tail -1; stat -c %U /data"
                let seen = try hako("exec", "gen-pod-gen", "sh", "-c", script)
                #expect(Array(seen.lines.prefix(4)) == ["b c", "5", "6", "CapBnd:\t0000000000000000"], "\(seen)")
                #expect(seen.err.contains("Read-only") && seen.text.contains("/t"), "\(seen)")
                let again = try hako("kube", "generate", "gen-pod")
                let first = try String(contentsOfFile: hako.path("gen.yaml"), encoding: .utf8)
                #expect(again.text.contains("mountPath: /data") && first.contains("claimName: data"), "\(again)")
                #expect(try hako("pod", "rm", "-f", "gen-pod").status == 0)
            }
        }

        @Test(.fastMachine) func directoriesOfTheHostsAreWhatTheySay() throws {
            try withImage(.root) { hako in
                func text(_ path: String, _ type: String) -> String {
                    """
                    {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {volumes: [{name: v, hostPath: {path: \(path), type: \(type)}}],
                      containers: [{name: c, image: "box:1", command: [sh, -c, "ls -ld /v"], volumeMounts: [{name: v, mountPath: /v}]}],
                      restartPolicy: Never}}
                    """
                }
                let missing = try hako("kube", "play", "-", stdin: text(hako.path("no"), "Directory"))
                #expect(missing.status == 125 && missing.err.contains("spec.volumes (v).hostPath"), "\(missing)")
                let wrong = try hako("kube", "play", "-", stdin: text("/etc/passwd", "Directory"))
                #expect(wrong.status == 125 && wrong.err.contains("is no Directory"), "\(wrong)")
                let made = try hako("kube", "play", "-", stdin: text(hako.path("made"), "DirectoryOrCreate"))
                #expect(made.status == 0, "\(made)")
                #expect(try eventually { try hako("logs", "p-c").text.hasPrefix("drwx") })
            }
        }
    }
}
