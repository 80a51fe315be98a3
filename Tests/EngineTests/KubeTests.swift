import Runtime
import Testing

@testable import Engine

/// What Kubernetes' objects come to, and what is not supported; no container is made.
@Suite struct KubeTests {
    private func plan(_ text: String, stored: [String: Set<String>] = [:]) throws -> KubePlan {
        try KubePlan(try KubeObject.read(Array(text.utf8), file: "f"), stored: stored)
    }

    /// A pod with one container, whose members are given as flow YAML, beside `spec`'s.
    private func pod(_ container: String = "", spec: String = "") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: p}
        spec: {containers: [{name: c, image: i\(container.isEmpty ? "" : ", \(container)")}]\(spec.isEmpty ? "" : ", \(spec)")}
        """
    }

    @Test func containersBecomeOptions() throws {
        let text = pod(
            "command: [a, $(X)], args: ['$$(X)', '$(Y)'], env: [{name: X, value: x}, {name: Z, value: '$(X)$(X)'}], workingDir: /w, "
                + "resources: {limits: {memory: 1.5Gi, cpu: 0.25}, requests: {memory: 64M, cpu: 500m}}, "
                + "securityContext: {runAsUser: 5, capabilities: {add: [NET_ADMIN], drop: [ALL]}, readOnlyRootFilesystem: true, "
                + "allowPrivilegeEscalation: false}, imagePullPolicy: Never, ports: [{containerPort: 80}], "
                + "livenessProbe: {exec: {command: [test]}, periodSeconds: 3}",
            spec: "restartPolicy: OnFailure, terminationGracePeriodSeconds: 3, securityContext: {runAsGroup: 6}")
        let plan = try plan(text)
        let container = try #require(plan.pods.first?.containers.first)
        let options = container.options
        #expect(options.name == "p-c" && options.root == .image("i"))
        #expect(options.entrypoint == ["a", "x"] && options.command == ["$(X)", "$(Y)"])
        #expect(options.environment == ["X=x", "Z=xx"] && options.workingDirectory == "/w")
        #expect(options.resources.memory == 3 << 29 && options.resources.memoryReservation == 64_000_000)
        #expect(options.resources.cpuQuota == 25_000 && options.resources.cpuShares == 512)
        #expect(options.user == UserRequest(user: .id(5), group: .id(6)))
        #expect(options.capabilitiesAdded == ["CAP_NET_ADMIN"] && options.capabilitiesDropped == ["ALL"])
        #expect(options.readOnly && options.security.noNewPrivileges && container.pull == .never)
        #expect(options.restart == RestartPolicy(.onFailure) && options.stopTimeout == 3)
        #expect(options.health.interval == "3s" && options.health.onFailure == "restart")
    }

    @Test func probesBecomeTheMonitorsChecks() throws {
        let text = pod(
            "ports: [{containerPort: 8080, name: web}], livenessProbe: {httpGet: {path: up, port: web, httpHeaders: "
                + "[{name: A, value: b}]}, periodSeconds: 3}, readinessProbe: {exec: {command: [x]}}, "
                + "startupProbe: {tcpSocket: {port: '81', host: localhost}, failureThreshold: 30, initialDelaySeconds: 2}")
        let container = try #require(try plan(text).pods.first?.containers.first)
        let check = try #require(try container.options.health.check(image: nil))
        #expect(check.command.isEmpty && check.probe?.port == 8080 && check.probe?.path == "/up" && check.probe?.host == nil)
        #expect(check.probe?.headers?.first?.name == "A" && check.interval == 3_000_000_000 && check.action == .restart)
        let startup = try #require(check.startup)
        #expect(startup.probe?.port == 81 && startup.probe?.path == nil && startup.retries == 30)
        #expect(startup.delay == 2_000_000_000 && startup.command == nil)
        #expect(container.warnings.count == 1 && container.warnings[0].contains("readinessProbe is not watched"))
        let ready = try #require(try plan(pod("readinessProbe: {tcpSocket: {port: 1}}")).pods.first?.containers.first)
        #expect(try ready.options.health.check(image: nil)?.action == HealthCheck.Action.none && ready.warnings.isEmpty)
    }

    @Test func variablesTellOfThePod() throws {
        let names = [
            "metadata.name", "metadata.namespace", "metadata.labels['a/b']", "metadata.labels['none']",
            "metadata.annotations['note']", "spec.serviceAccountName",
        ]
        let fields = names.enumerated().map {
            "{name: V\($0.offset), valueFrom: {fieldRef: {fieldPath: \"\($0.element)\"}}}"
        }
        let resources = [("limits.memory", "1Mi"), ("limits.cpu", "1"), ("requests.cpu", "1m"), ("requests.memory", "0")]
            .enumerated().map {
                "{name: R\($0.offset), valueFrom: {resourceFieldRef: {resource: \($0.element.0), divisor: \($0.element.1)}}}"
            }
        let text = """
            apiVersion: v1
            kind: Pod
            metadata: {name: p, namespace: space, labels: {a/b: c}, annotations: {note: hi}}
            spec: {containers: [{name: c, image: i, resources: {limits: {memory: 64.5Mi, cpu: 250m}},
              env: [\((fields + resources).joined(separator: ", "))]}]}
            """
        let options = try #require(try plan(text).pods.first?.containers.first?.options)
        #expect(options.environment.filter { $0.hasPrefix("V") } == ["V0=p", "V1=space", "V2=c", "V3=", "V4=hi", "V5=default"])
        #expect(options.environment.filter { $0.hasPrefix("R") } == ["R0=65", "R1=1", "R2=250", "R3=67633152"])
    }

    @Test func partsOfVolumesAreMounted() throws {
        let text =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {K: l, L: m}\n---\n"
            + pod(
                "env: [{name: A, value: x}], volumeMounts: [{name: v, mountPath: /m, subPath: ./a//b}, "
                    + "{name: v, mountPath: /n, subPathExpr: $(A)/y}, {name: w, mountPath: /etc/key, subPath: K}]",
                spec: "volumes: [{name: v, emptyDir: {}}, {name: w, secret: {secretName: s}}]")
        let options = try #require(try plan(text).pods.first?.containers.first?.options)
        #expect(options.mounts.map(\.subPath) == ["a/b", "x/y"])
        #expect(options.secrets.map(\.target) == ["/etc/key"] && options.secrets.map(\.secret) == ["s.K"])
    }

    @Test func deploymentsBecomePods() throws {
        let text = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: d}
            spec:
              replicas: 3
              selector: {matchLabels: {a: b}}
              template:
                metadata: {labels: {a: b}}
                spec: {containers: [{name: c, image: i}]}
            """
        let plan = try plan(text)
        #expect(plan.pods.map(\.name) == ["d-pod-0", "d-pod-1", "d-pod-2"])
        #expect(plan.pods[0].request.labels == ["a": "b"])
        #expect(plan.pods[1].containers.map(\.options.name) == ["d-pod-1-c"])
    }

    @Test func mapsAndSecretsBecomeVariablesAndFiles() throws {
        let text =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {A: a, B: b}\nbinaryData: {C: Yw==}\n---\n"
            + "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {K: c2VjcmV0}\nstringData: {L: l}\n---\n"
            + pod(
                "envFrom: [{configMapRef: {name: m}, prefix: P_}, {secretRef: {name: s}}], env: [{name: K, value: own}, "
                    + "{name: T, valueFrom: {secretKeyRef: {name: t, key: k}}}], "
                    + "volumeMounts: [{name: v, mountPath: /m}, {name: w, mountPath: /s}]",
                spec:
                    "volumes: [{name: v, configMap: {name: m, items: [{key: A, path: a.txt}]}}, {name: w, secret: {secretName: s}}]"
            )
        let plan = try plan(text, stored: ["t": ["k"]])
        let options = try #require(plan.pods.first?.containers.first?.options)
        #expect(Set(options.environment) == ["P_A=a", "P_B=b", "P_C=c", "K=own"])
        #expect(options.secrets.filter(\.isVariable).map(\.secret) == ["s.L", "t.k"])
        #expect(options.secrets.filter { !$0.isVariable }.map(\.target) == ["/s/K", "/s/L"])
        #expect(plan.secrets["s.K"]?.content == Array("secret".utf8))
        #expect(plan.pods[0].volumes.map(\.name) == ["p-v"] && plan.pods[0].volumes[0].files == ["a.txt": [97]])
    }

    @Test(arguments: [
        ("lifecycle: {}", "", "spec.containers[0].lifecycle is not supported"),
        ("livenessProbe: {grpc: {port: 1}}", "", "spec.containers[0].livenessProbe.grpc is not supported"),
        ("livenessProbe: {httpGet: {port: 1, scheme: HTTPS}}", "", "httpGet.scheme is HTTPS"),
        ("livenessProbe: {httpGet: {port: 0}}", "", "httpGet.port is 0"),
        ("livenessProbe: {httpGet: {path: '/a b', port: 1}}", "", "which is no path"),
        (#"livenessProbe: {httpGet: {port: 1, httpHeaders: [{name: A, value: "b\nC: d"}]}}"#, "", "control character"),
        ("livenessProbe: {httpGet: {port: 1, httpHeaders: [{name: 'A:', value: b}]}}", "", "no header's name"),
        ("livenessProbe: {tcpSocket: {port: web}}", "", "names the port web"),
        ("livenessProbe: {tcpSocket: {port: 1, host: example.org}}", "", "tcpSocket.host is \"example.org\""),
        ("livenessProbe: {tcpSocket: {port: 1}, exec: {command: [x]}}", "", "has to have one of exec"),
        ("livenessProbe: {periodSeconds: 3}", "", "has to have one of exec"),
        ("readinessProbe: {tcpSocket: {port: 1}, successThreshold: 2}", "", "one success is enough"),
        ("volumeMounts: [{name: v, mountPath: /m, subPath: ../x}]", "volumes: [{name: v, emptyDir: {}}]", "subPath is \"../x\""),
        ("volumeMounts: [{name: v, mountPath: /m, subPath: /x}]", "volumes: [{name: v, emptyDir: {}}]", "subPath is \"/x\""),
        (
            "volumeMounts: [{name: v, mountPath: /m, subPath: x}]", "volumes: [{name: v, emptyDir: {medium: Memory}}]",
            "for a volume in memory"
        ),
        ("volumeMounts: [{name: v, mountPath: /m}]", "", "which spec.volumes has not"),
        ("ports: [{containerPort: 80, hostPort: 0}]", "", "spec.containers[0].ports[0] has a port 0"),
        ("env: [{name: A, valueFrom: {fieldRef: {fieldPath: x}}}]", "", "fieldPath is \"x\""),
        ("env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]", "", "not known before the pod runs"),
        ("env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.memory}}}]", "", "which the container does not say"),
        ("env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.disk}}}]", "", "resource is \"limits.disk\""),
        ("env: [{name: A, valueFrom: {}}]", "", "has to have one source"),
        ("env: [{name: A, value: 1}]", "", "env[0].value is a number, not a string"),
        ("envFrom: [{configMapRef: {name: m}}]", "", "names the ConfigMap m, which is not in the file"),
        ("env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]", "", "names the Secret s"),
        ("resources: {limits: {memory: lots}}", "", "limits.memory is lots"),
        ("resources: {limits: {gpu: 1}}", "", "limits.gpu is not supported"),
        ("imagePullPolicy: Sometimes", "", "imagePullPolicy is \"Sometimes\""),
        ("securityContext: {runAsGroup: 5}", "", "needs runAsUser"),
        ("securityContext: {capabilities: {add: [FLY]}}", "", "there is no capability FLY"),
        ("", "nodeSelector: {a: b}", "spec.nodeSelector is not supported"),
        ("", "restartPolicy: Maybe", "restartPolicy is \"Maybe\""),
        ("", "volumes: [{name: v, nfs: {}}]", "spec.volumes[0].nfs is not supported"),
        ("", "volumes: [{name: v, hostPath: {path: x}}]", "hostPath.path is \"x\""),
        ("", "volumes: [{name: v, hostPath: {path: /x, type: Cloud}}]", "hostPath.type is \"Cloud\""),
        ("", "initContainers: [{name: c, image: i}]", "has a name twice"),
        ("", "initContainers: [{name: d, image: i, livenessProbe: {tcpSocket: {port: 1}}}]", "runs to its end"),
    ])
    func whatIsNotSupportedIsNamed(_ container: String, _ spec: String, _ part: String) {
        #expect { try plan(pod(container, spec: spec)) } throws: { "\($0)".contains(part) }
    }

    @Test(arguments: [
        ("", "no object"), ("a: b", "has no kind"),
        ("kind: Service\napiVersion: v1\nmetadata: {name: s}", "Service is not supported"),
        (
            "kind: Pod\napiVersion: v2\nmetadata: {name: p}\nspec: {containers: [{name: c, image: i}]}",
            "apiVersion of a Pod is v1"
        ),
        ("kind: Pod\napiVersion: v1\nspec: {}", "metadata is missing"),
        ("kind: Secret\napiVersion: v1\nmetadata: {name: s}\ndata: {k: '*'}", "data.k is not in base64"),
        ("kind: ConfigMap\napiVersion: v1\nmetadata: {name: s}\ndata: {../k: x}", "has the key \"../k\""),
        ("kind: Pod: x", "line 1"),
    ])
    func whatIsNoObjectIsRefused(_ text: String, _ part: String) {
        #expect { try plan(text) } throws: { "\($0)".contains(part) }
    }

    @Test(arguments: [("64Mi", 64 << 20), ("1e3", 1000), ("1.5k", 1500), ("100m", 1), ("x", nil), ("", nil), ("1Zi", nil)])
    func quantities(_ text: String, _ value: Int64?) {
        #expect(KubeQuantity.value(text, thousandths: false) == value)
    }
}
