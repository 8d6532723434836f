using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Gloss.Tests;

/// <summary>What users of the libraries build on, in a file: no member comes, goes or changes unseen.</summary>
public sealed class PublicApiTests
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext nullability = new();

    private static readonly Dictionary<Type, string> keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(char)] = "char",
        [typeof(nint)] = "nint", [typeof(nuint)] = "nuint",
    };

    [Theory]
    [InlineData("Gloss", typeof(Gloss.Images.RgbImage))]
    [InlineData("Gloss.Torch", typeof(Gloss.Torch.Tensor))]
    public void PublicMembers_OfTheLibrary_AreThoseOfTheFile(string name, Type type) =>
        GoldenFile.Compare($"tests/Gloss.Tests/PublicApi/{name}.txt", Describe(type.Assembly));

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Head(type)).Append('\n');
            foreach (var member in type.GetMembers(Own).Select(Line).OfType<string>().Order(StringComparer.Ordinal))
                text.Append("    ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    private static string Head(Type type)
    {
        var kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : typeof(Delegate).IsAssignableFrom(type)
            ? "delegate"
            : type.IsValueType ? "struct" : "class";
        var manner = kind != "class" ? "" : type is { IsAbstract: true, IsSealed: true }
            ? "static " : type.IsSealed ? "sealed "
            : type.IsAbstract ? "abstract " : "";
        var parents = type.GetInterfaces().Where(i => i.IsPublic && !i.IsGenericType).Select(Name)
            .Order(StringComparer.Ordinal).ToList();
        if (kind == "class" && type.BaseType is { } parent && parent != typeof(object))
            parents.Insert(0, Name(parent));
        return $"{manner}{kind} {type.Namespace}.{Name(type)}{(parents.Count > 0 ? $" : {string.Join(", ", parents)}" : "")}";
    }

    // What the compiler adds to records is told by their being records.
    private static string? Line(MemberInfo member) => member switch
    {
        _ when member.IsDefined(typeof(CompilerGeneratedAttribute)) => null,
        FieldInfo { IsSpecialName: true } => null,
        FieldInfo field when IsSeen(field) && field.DeclaringType!.IsEnum =>
            $"{field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field when IsSeen(field) =>
            $"{Scope(field.IsFamily, field.IsStatic, false)}{Name(field.FieldType)} "
            + $"{field.Name}{(field.IsLiteral ? $" = {Value(field.GetRawConstantValue())}" : "")}",
        PropertyInfo property => Property(property),
        ConstructorInfo made when IsSeen(made) && !made.IsStatic =>
            $"{Scope(made.IsFamily, false, false)}{Name(made.DeclaringType!)}({Parameters(made)})",
        MethodInfo { IsSpecialName: true } method when method.Name.StartsWith("op_", StringComparison.Ordinal)
            && IsSeen(method) => Method(method),
        MethodInfo { IsSpecialName: false } method when IsSeen(method) && method.GetBaseDefinition() == method =>
            Method(method),
        EventInfo seen when seen.AddMethod is { } add && IsSeen(add) =>
            $"event {Name(seen.EventHandlerType!)} {seen.Name}",
        _ => null,
    };

    private static string? Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(IsSeen).ToArray();
        if (accessors.Length == 0 || accessors[0].GetBaseDefinition() != accessors[0]
            || property.Name == "EqualityContract")
            return null;
        var parts = accessors.Select(a => a == property.GetMethod ? "get;" : IsInit(a) ? "init;" : "set;");
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        var index = property.GetIndexParameters();
        var name = index.Length == 0 ? property.Name : $"this[{string.Join(", ", index.Select(Parameter))}]";
        var mark = property.PropertyType.IsValueType
            ? "" : nullability.Create(property).ReadState == NullabilityState.Nullable ? "?" : "";
        return $"{Scope(accessors.All(a => a.IsFamily), accessors[0].IsStatic, accessors[0].IsAbstract)}{required}{Name(property.PropertyType)}{mark} "
            + $"{name} {{ {string.Join(' ', parts)} }}";
    }

    private static string Method(MethodInfo method)
    {
        var mark = method.ReturnType.IsValueType
            ? "" : nullability.Create(method.ReturnParameter).ReadState == NullabilityState.Nullable ? "?" : "";
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
        var extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{Scope(method.IsFamily, method.IsStatic, method.IsAbstract)}{Name(method.ReturnType)}{mark} "
            + $"{method.Name}{generic}({extension}{Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var manner = parameter.IsOut ? "out " : parameter.IsIn ? "in " : type.IsByRef ? "ref " : "";
        type = type.IsByRef ? type.GetElementType()! : type;
        var mark = type.IsValueType ? "" : nullability.Create(parameter).ReadState == NullabilityState.Nullable
            ? "?" : "";
        return $"{manner}{Name(type)}{mark} "
            + $"{parameter.Name}{(parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue)}" : "")}";
    }

    private static string Value(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Scope(bool isProtected, bool isStatic, bool isAbstract) =>
        (isProtected ? "protected " : "") + (isStatic ? "static " : "") + (isAbstract ? "abstract " : "");

    private static bool IsSeen(FieldInfo field) => field.IsPublic || (field.IsFamily && !field.DeclaringType!.IsSealed);

    private static bool IsSeen(MethodBase method) =>
        method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers()
        .Contains(typeof(IsExternalInit));

    private static string Name(Type type)
    {
        if (keywords.TryGetValue(type, out var keyword))
            return keyword;
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsPointer)
            return Name(type.GetElementType()!) + "*";
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Name(inner) + "?";
        if (type.IsGenericParameter)
            return type.Name;
        var arguments = type.GetGenericArguments();
        if (type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true)
            return $"({string.Join(", ", arguments.Select(Name))})";
        var name = type.Name.Split('`')[0];
        var outer = type.DeclaringType is null ? "" : type.DeclaringType.Name.Split('`')[0] + ".";
        return arguments.Length == 0 ? outer + name : $"{outer}{name}<{string.Join(", ", arguments.Select(Name))}>";
    }
}
