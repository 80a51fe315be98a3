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
        ("livenessProbe: {httpGet: {port: 1}}", "", "spec.containers[0].livenessProbe.httpGet is not supported"),
        ("volumeMounts: [{name: v, mountPath: /m, subPath: x}]", "", "volumeMounts[0].subPath is not supported"),
        ("volumeMounts: [{name: v, mountPath: /m}]", "", "which spec.volumes has not"),
        ("ports: [{containerPort: 80, hostPort: 0}]", "", "spec.containers[0].ports[0] has a port 0"),
        ("env: [{name: A, valueFrom: {fieldRef: {fieldPath: x}}}]", "", "valueFrom.fieldRef is not supported"),
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
