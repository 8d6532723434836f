namespace Gloss.Torch;

/// <summary>The order of a tensor's elements in memory; the numbers are libtorch's.</summary>
public enum MemoryFormat
{
    /// <summary>Row-major.</summary>
    Contiguous = 0,
    /// <summary>As the source is.</summary>
    Preserve = 1,
    /// <summary>(B, C, H, W) stored as B, H, W, C.</summary>
    ChannelsLast = 2,
}
