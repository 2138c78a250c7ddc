"""The place of the 人才安居 policy (housing for talents). Its rooms are built like those of talent/green_channel/."""
