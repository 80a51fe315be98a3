import Foundation
import Testing

extension IntegrationTests {
    @Suite(.requires(Machine.exists("/usr/bin/python3"), "python3 is missing"))
    struct PodNetworkTests {
        @Test func podsPublishForTheirMembers() throws {
            try withLab { lab in
                try lab.hako("network", "create", "web")
                let made = try lab.hako("pod", "create", "--network", "web:alias=site", "-p", "8080:80", "group")
                #expect(made.status == 0, "\(made)")
                try lab.serve("one", "--pod", "group")
                try lab.serve("two", "--pod", "group", port: 81)
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080) == NetworkLab.outsideAddress)
                #expect(try lab.ask(from: .container("two"), "127.0.0.1", 80) == "127.0.0.1")
                try lab.serve("client", "--network", "web")
                #expect(try !lab.ask(from: .container("client"), "site", 81).hasPrefix("failed"))
                #expect(try !lab.ask(from: .container("one"), "client", 80).hasPrefix("failed"))
                let refused = try lab.hako("run", "--rm", "--network", "container:one", "-p", "9:9", "host", "true")
                #expect(refused.status == 125 && refused.oneErrorLine, "\(refused)")
                try lab.hako("pod", "rm", "-f", "group")
                #expect(try lab.elements() == [])
            }
        }

        @Test func whatTheFirstMemberSaysOfTheNetworkIsANewPods() throws {
            try withLab { lab in
                try lab.hako("network", "create", "web")
                try lab.serve("one", "--pod", "new:group", "--network", "web", "-p", "8080:80")
                #expect(try lab.ask(from: .outside, NetworkLab.hostAddress, 8080) == NetworkLab.outsideAddress)
                let ports = try lab.hako("port", "group-infra").text
                #expect(ports == "80/tcp -> 0.0.0.0:8080", "\(ports)")
                let mode = try lab.hako("inspect", "-f", "{{.HostConfig.NetworkMode}}", "one").text
                #expect(mode.hasPrefix("container:"), "\(mode)")
                try lab.hako("pod", "rm", "-f", "group")
                #expect(try lab.elements() == [])
            }
        }

        @Test func kubesHostPortsArePublished() throws {
            try withLab { lab in
                let script = String(decoding: try JSONEncoder().encode(NetworkLab.echo), as: UTF8.self)
                let file = try lab.hako.write(
                    """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: site}
                    spec:
                      containers:
                      - name: web
                        image: host
                        command: [python3, -c, \(script), \"80\"]
                        ports: [{containerPort: 80, hostPort: 8080, protocol: TCP}]
                    """, to: "pod.yaml")
                let played = try lab.hako("kube", "play", "--network", "bridge", file)
                #expect(played.status == 0, "\(played)")
                #expect(eventually { (try? lab.ask(from: .outside, NetworkLab.hostAddress, 8080)) == NetworkLab.outsideAddress })
                try lab.hako("kube", "down", file)
                #expect(try lab.elements() == [])
            }
        }
    }
}
