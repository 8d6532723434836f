namespace Gloss.Text.Parsing;

/// <summary>
/// Memory that is used again and again and grows to what was asked for most; what it holds is left over.
/// </summary>
internal sealed class Scratch<T>
{
    private T[] items = [];

    /// <summary>The first <paramref name="length"/> places, with whatever lies there.</summary>
    public Span<T> Take(int length)
    {
        if (items.Length < length)
            items = new T[length * 5 / 4];
        return items.AsSpan(0, length);
    }
}
