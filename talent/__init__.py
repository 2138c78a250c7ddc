"""人才政策办理系统: the core, the settings and the policies that live inside `talent`."""
