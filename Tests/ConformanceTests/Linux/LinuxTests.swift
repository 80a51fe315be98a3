import Testing

extension ConformanceTests {
    /// config-linux.md without control groups.
    @Suite struct LinuxTests {
        @Test(arguments: NamespaceRequirements.all.selected) func namespaces(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: DeviceRequirements.all.selected) func devices(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: KernelRequirements.all.selected) func kernel(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: SeccompRequirements.all.selected) func seccomp(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: NetworkDeviceRequirements.all.selected) func devicesOfTheNetwork(_ requirement: Requirement) throws {
            try requirement.run()
        }
    }
}
