using System.Reflection;
using System.Reflection.Emit;

namespace Gloss.Tests;

/// <summary>Holds the library to the arrows of ARCHITECTURE.md: which namespace may use which.</summary>
public sealed class ArchitectureTests
{
    private const string Engine = "Gloss.Torch";

    // Parts of Gloss.Torch that know no tensors.
    private static readonly HashSet<string> engineFree = ["NativeLibraries", "AtomicFile"];

    private static readonly Dictionary<string, string[]> allowed = new()
    {
        ["Gloss.Images"] = [],
        ["Gloss.Text"] = [],
        ["Gloss.Evaluation"] = [],
        ["Gloss.Search"] = ["Gloss.Images", "Gloss.Text"],
        ["Gloss.Losses"] = [Engine],
        ["Gloss.Models.Layers"] = [Engine],
        ["Gloss.Models"] = [Engine, "Gloss.Models.Layers", "Gloss.Text"],
        ["Gloss.Data"] = [Engine, "Gloss.Images", "Gloss.Text"],
        ["Gloss.Inference"] = [Engine, "Gloss.Models", "Gloss.Models.Layers", "Gloss.Data", "Gloss.Images",
            "Gloss.Text", "Gloss.Evaluation", "Gloss.Search"],
        ["Gloss.Training"] = [Engine, "Gloss.Models", "Gloss.Models.Layers", "Gloss.Losses", "Gloss.Data",
            "Gloss.Inference", "Gloss.Images",
            "Gloss.Text", "Gloss.Evaluation"],
    };

    [Fact]
    public void Namespaces_UseOnlyWhatTheyMay()
    {
        var faults = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in typeof(Gloss.Images.RgbImage).Assembly.GetTypes()
            .Where(t => t.Namespace?.StartsWith("Gloss", StringComparison.Ordinal) == true))
        {
            var part = PartOf(type.Namespace!);
            if (part is null)
            {
                faults.Add($"{type.Namespace} has no place in the architecture");
                continue;
            }
            foreach (var used in UsedBy(type))
            {
                if (used.Namespace is not { } name || !name.StartsWith("Gloss", StringComparison.Ordinal)
                    || engineFree.Contains(used.Name))
                    continue;
                var target = name.StartsWith(Engine, StringComparison.Ordinal) ? Engine : PartOf(name);
                if (target is not null && target != part && !allowed[part].Contains(target))
                    faults.Add($"{part} uses {target}: {type.Name} uses {used.Name}");
            }
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
    public void UsedBy_TypeThatCallsTheEngine_FindsIt() =>
        Assert.Contains(typeof(Gloss.Torch.Tensor), UsedBy(typeof(Gloss.Data.TokenTensors)));

    private static string? PartOf(string name) =>
        allowed.Keys.Where(part => name == part || name.StartsWith(part + ".", StringComparison.Ordinal))
            .MaxBy(part => part.Length);

    private static IEnumerable<Type> UsedBy(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
            | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var used = new HashSet<Type>();
        if (type.BaseType is not null)
            used.Add(type.BaseType);
        foreach (var field in type.GetFields(all))
            used.Add(field.FieldType);
        foreach (var method in type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)))
        {
            foreach (var parameter in method.GetParameters())
                used.Add(parameter.ParameterType);
            if (method is MethodInfo { ReturnType: var result })
                used.Add(result);
            foreach (var member in Members(method))
            {
                used.Add(member as Type ?? member.DeclaringType ?? typeof(void));
                if (member is MethodInfo called)
                    used.Add(called.ReturnType);
            }
        }
        return used.SelectMany(Unwrapped);
    }

    private static IEnumerable<Type> Unwrapped(Type type)
    {
        if (type.HasElementType)
            return Unwrapped(type.GetElementType()!);
        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Unwrapped).Append(type) : [type];
    }

    // The members that a method's instructions name.
    private static IEnumerable<MemberInfo> Members(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray();
        if (code is null)
            yield break;
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var i = 0; i < code.Length;)
        {
            var instruction = code[i] == 0xfe ? instructions[(short)(0xfe00 | code[i + 1])] : instructions[code[i]];
            i += instruction.Size;
            if (instruction.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType
                or OperandType.InlineTok)
                yield return method.Module.ResolveMember(BitConverter.ToInt32(code, i), typeArguments,
                    methodArguments)!;
            i += instruction.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, i),
                _ => 4,
            };
        }
    }

    private static readonly Dictionary<short, OpCode> instructions = typeof(OpCodes).GetFields()
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);
}
