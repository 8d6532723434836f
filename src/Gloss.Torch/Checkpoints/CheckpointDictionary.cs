using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Gloss.Torch;

/// <summary>
/// A dictionary, or an object with attributes, inside a checkpoint. Values are <see cref="CheckpointTensor"/>,
/// <see cref="CheckpointDictionary"/>, lists (<c>IReadOnlyList&lt;object?&gt;</c>), texts, <see cref="long"/>,
/// <see cref="double"/>, <see cref="bool"/> and null. Keys that were integers are their decimal text.
/// </summary>
public sealed class CheckpointDictionary : IReadOnlyDictionary<string, object?>
{
    private readonly Dictionary<string, object?> entries = new(StringComparer.Ordinal);

    internal CheckpointDictionary(string? typeName = null) => TypeName = typeName;

    /// <summary>The class of a TorchScript object; null for dictionaries.</summary>
    public string? TypeName { get; }

    /// <inheritdoc/>
    public int Count => entries.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => entries.Keys;

    /// <inheritdoc/>
    public IEnumerable<object?> Values => entries.Values;

    /// <inheritdoc/>
    public object? this[string key]
    {
        get => entries[key];
        internal set => entries[key] = value;
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => entries.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value) =>
        entries.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The tensors that stand directly in this dictionary, by key.</summary>
    public Dictionary<string, CheckpointTensor> Tensors() => entries.Where(e => e.Value is CheckpointTensor)
        .ToDictionary(e => e.Key, e => (CheckpointTensor)e.Value!, StringComparer.Ordinal);
}
