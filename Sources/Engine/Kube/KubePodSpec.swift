package import JSON

/// What a pod is made of.
package struct KubePodSpec: JSONRecord {
    var containers: [KubeContainer] = []
    var initContainers: [KubeContainer]?
    var volumes: [KubeVolume]?
    var restartPolicy: String?
    var hostname: String?
    var hostNetwork: Bool?
    var hostPID: Bool?
    var hostIPC: Bool?
    var shareProcessNamespace: Bool?
    var terminationGracePeriodSeconds: Int?
    var securityContext: KubeSecurity?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("containers")
        try fields("containers", &containers)
        try fields("initContainers", &initContainers)
        try fields("volumes", &volumes)
        try fields("restartPolicy", &restartPolicy)
        try fields("hostname", &hostname)
        try fields("hostNetwork", &hostNetwork)
        try fields("hostPID", &hostPID)
        try fields("hostIPC", &hostIPC)
        try fields("shareProcessNamespace", &shareProcessNamespace)
        try fields("terminationGracePeriodSeconds", &terminationGracePeriodSeconds)
        try fields("securityContext", &securityContext)
        // A cluster's business, or what is so here anyway.
        fields.ignore("dnsPolicy", "schedulerName", "enableServiceLinks", "automountServiceAccountToken")
        guard !containers.isEmpty else { throw JSONError("is empty", at: "containers") }
        guard [nil, "Always", "OnFailure", "Never"].contains(restartPolicy) else {
            throw JSONError("is \"\(restartPolicy ?? "")\"; it is Always, OnFailure or Never", at: "restartPolicy")
        }
        try fields.refuseOthers()
    }
}

package struct KubeContainer: JSONRecord {
    var name = ""
    var image = ""
    var command: [String]?
    var args: [String]?
    var env: [KubeVariable]?
    var envFrom: [KubeVariables]?
    var workingDir: String?
    var resources: KubeResources?
    var securityContext: KubeSecurity?
    var volumeMounts: [KubeMount]?
    var imagePullPolicy: String?
    var livenessProbe: KubeProbe?
    var readinessProbe: KubeProbe?
    var startupProbe: KubeProbe?
    var ports: [KubePort]?
    var stdin: Bool?
    var tty: Bool?
    package var unknown = JSONObject()

    package init() {}

    package mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("name", "image")
        try fields("name", &name)
        try fields("image", &image)
        try fields("command", &command)
        try fields("args", &args)
        try fields("env", &env)
        try fields("envFrom", &envFrom)
        try fields("workingDir", &workingDir)
        try fields("resources", &resources)
        try fields("securityContext", &securityContext)
        try fields("volumeMounts", &volumeMounts)
        try fields("imagePullPolicy", &imagePullPolicy)
        try fields("livenessProbe", &livenessProbe)
        try fields("readinessProbe", &readinessProbe)
        try fields("startupProbe", &startupProbe)
        try fields("ports", &ports)
        try fields("stdin", &stdin)
        try fields("tty", &tty)
        fields.ignore("terminationMessagePath", "terminationMessagePolicy")
        guard [nil, "Always", "IfNotPresent", "Never"].contains(imagePullPolicy) else {
            throw JSONError("is \"\(imagePullPolicy ?? "")\"; it is Always, IfNotPresent or Never", at: "imagePullPolicy")
        }
        try fields.refuseOthers()
    }
}

/// A key of a ConfigMap or a Secret.
struct KubeKey: JSONRecord {
    var name = ""
    var key = ""
    var optional: Bool?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("name", "key")
        try fields("name", &name)
        try fields("key", &key)
        try fields("optional", &optional)
        try fields.refuseOthers()
    }
}

struct KubeVariable: JSONRecord {
    struct Source: JSONRecord {
        var configMapKeyRef: KubeKey?
        var secretKeyRef: KubeKey?
        var fieldRef: KubeField?
        var resourceFieldRef: KubeResourceField?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields("configMapKeyRef", &configMapKeyRef)
            try fields("secretKeyRef", &secretKeyRef)
            try fields("fieldRef", &fieldRef)
            try fields("resourceFieldRef", &resourceFieldRef)
            try fields.refuseOthers()
            let given = [configMapKeyRef != nil, secretKeyRef != nil, fieldRef != nil, resourceFieldRef != nil]
            guard given.filter({ $0 }).count == 1 else { throw JSONError("has to have one source") }
        }
    }

    var name = ""
    var value: String?
    var valueFrom: Source?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("name")
        try fields("name", &name)
        try fields("value", &value)
        try fields("valueFrom", &valueFrom)
        guard !name.isEmpty, !name.contains("=") else {
            throw JSONError("is \"\(name)\", which is no variable's name", at: "name")
        }
        try fields.refuseOthers()
    }
}

/// All keys of a ConfigMap or a Secret as variables.
struct KubeVariables: JSONRecord {
    struct Name: JSONRecord {
        var name = ""
        var optional: Bool?
        var unknown = JSONObject()

        mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
            try fields.require("name")
            try fields("name", &name)
            try fields("optional", &optional)
            try fields.refuseOthers()
        }
    }

    var prefix: String?
    var configMapRef: Name?
    var secretRef: Name?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields("prefix", &prefix)
        try fields("configMapRef", &configMapRef)
        try fields("secretRef", &secretRef)
        try fields.refuseOthers()
    }
}

struct KubeMount: JSONRecord {
    var name = ""
    var mountPath = ""
    var readOnly: Bool?
    /// What of the volume is mounted; with variables in the second.
    var subPath: String?
    var subPathExpr: String?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("name", "mountPath")
        try fields("name", &name)
        try fields("mountPath", &mountPath)
        try fields("readOnly", &readOnly)
        try fields("subPath", &subPath)
        try fields("subPathExpr", &subPathExpr)
        guard subPath == nil || subPathExpr == nil else { throw JSONError("goes without subPath", at: "subPathExpr") }
        try fields.refuseOthers()
    }
}

struct KubePort: JSONRecord {
    var containerPort: UInt16 = 0
    var hostPort: UInt16?
    var hostIP: String?
    var transport: String?
    var name: String?
    var unknown = JSONObject()

    mutating func exchange(_ fields: inout JSONFields) throws(JSONError) {
        try fields.require("containerPort")
        try fields("containerPort", &containerPort)
        try fields("hostPort", &hostPort)
        try fields("hostIP", &hostIP)
        try fields("protocol", &transport)
        try fields("name", &name)
        try fields.refuseOthers()
    }
}
