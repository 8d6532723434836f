namespace Gloss.Torch;

/// <summary>Containers of named tensors.</summary>
public enum CheckpointFormat
{
    /// <summary>A JSON header and raw data.</summary>
    Safetensors,

    /// <summary>
    /// What <c>torch.save</c> has written since 1.6: a zip archive of a pickle and one entry for each storage.
    /// </summary>
    TorchZip,

    /// <summary>What <c>torch.save</c> wrote before 1.6: pickles, then storages.</summary>
    TorchLegacy,

    /// <summary>
    /// What <c>torch.jit.save</c> writes: a zip archive as above, of objects, with code (which is never looked at).
    /// </summary>
    TorchScript,
}
