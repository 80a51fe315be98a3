import Testing

extension ConformanceTests {
    /// config.md without the process: versions, the root, mounts, host names, annotations.
    @Suite struct ConfigTests {
        @Test(arguments: GeneralRequirements.all.selected) func general(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: RootRequirements.all.selected) func root(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: MountRequirements.all.selected) func mounts(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: MountOptionRequirements.all.selected) func options(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: MountMappingRequirements.all.selected) func mappings(_ requirement: Requirement) throws {
            try requirement.run()
        }
    }
}
